Console.WriteLine(AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES"));
Console.WriteLine(TorchSharp.torch.randn(2, 2));
