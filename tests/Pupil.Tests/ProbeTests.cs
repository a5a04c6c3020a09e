namespace Pupil.Tests;
public sealed class ProbeTests { [Fact] public void Works() { Assert.Equal(4, TorchSharp.torch.randn(2, 2).numel()); } 
[Fact] public void Skips() { Assert.Skip("because"); } }
