// dotnet run -c Release --project samples/FromCSharp -- runs/from-csharp training.epochs=2
using Pupil.Experiments.Exporting;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Reporting.Content;
using Pupil.Reporting.Page;

string folder = args[0];
var recipe = RecipeBook.Read("smoke", args[1..]);
var device = Compute.Prepare(DeviceChoice.Auto);
PreparedData? images = null;

// The events arrive while the experiment runs; the loop's end is the experiment's end.
foreach (var step in Experiment.Start(recipe, folder, Path.Combine(folder, "..", "experts"), device).Run())
{
    if (step is DataReady ready)
        images = ready.Data;
    if (step is not TrainingFinished { IsExpert: false } finished)
        continue;
    foreach (var (network, last, _) in finished.Summary.Networks)
        Console.WriteLine($"{network.Name}: {last.Test.Top1:P1} of {last.Test.Images:N0} test images");
    var file = OnnxExport.Write(Path.Combine(folder, "student.onnx"), finished.Folder.StudentFile("student"),
        new OnnxOptions { TakesPictures = true }, recipe.Data.Source, images!);
    Console.WriteLine($"{file.Path}: {file.Bytes:N0} bytes, {file.Agreement:P1} of the classes as the network's");
}
Report.WritePage(ReportContent.FromFolders([folder]), Path.Combine(folder, "report.html"));
