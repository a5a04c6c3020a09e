using Pupil.Reporting.Content;
using Pupil.Reporting.Page;
using Pupil.Tests.Cli;

namespace Pupil.Tests.Reporting.Page;

/// <summary>A report's page of a run whose recipe has markup in its description.</summary>
public sealed class EvilPage : IDisposable
{
    /// <summary>The description.</summary>
    internal const string Name = "<script>document.title='taken'</script>\" onload=\"x' مرحبا بالعالم";

    private readonly TemporaryFolder _folder = new();

    public EvilPage(ToolRun finished)
    {
        string[] records =
        [
            "recipe.json", "run.json", "epochs.jsonl", "environment.json", "exhibit.safetensors",
            "path/step-000000000.safetensors", "path/step-000000009.safetensors",
        ];
        foreach (string name in records)
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(_folder[$"run/{name}"])!);
            File.Copy(System.IO.Path.Combine(finished.Folder.Path, name), _folder[$"run/{name}"]);
        }
        string recipe = _folder["run/recipe.json"];
        string evil = System.Text.Json.JsonSerializer.Serialize(Name);
        File.WriteAllText(recipe, File.ReadAllText(recipe).Replace("\"For tests.\"", evil, StringComparison.Ordinal));
        Report.WritePage(ReportContent.FromFolders([_folder["run"]]), Path);
    }

    /// <summary>The page's file.</summary>
    public string Path => _folder["report.html"];

    public void Dispose() => _folder.Dispose();
}
