using System.CommandLine;
using Pupil.Settings;

namespace Pupil.Cli.Arguments;

/// <summary>The options for trained weights from which students and expert start.</summary>
internal sealed class WeightOptions
{
    /// <summary>The names of the options.</summary>
    public const string StudentName = "--student-weights", ExpertName = "--expert-weights";

    private readonly Option<string?> _student = new(StudentName)
    {
        Description = "Trained weights from which the students start: a student file, a PyTorch file (.pth), or safetensors. Short for "
            + "--set students[0].weights.file=FILE, for every student. Without a recipe, the student has the network of the file.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _expert = new(ExpertName)
    {
        Description = "Trained weights from which the expert's training starts: short for --set expert.weights.file=FILE.",
        HelpName = "FILE",
    };

    public WeightOptions(Command command)
    {
        command.Options.Add(_student);
        command.Options.Add(_expert);
    }

    /// <summary>Whether any of them is on the command line.</summary>
    public bool AreGiven(ParseResult parsed) => parsed.GetValue(_student) is not null || HasExpert(parsed);

    /// <summary>Whether weights for the expert are on the command line.</summary>
    public bool HasExpert(ParseResult parsed) => parsed.GetValue(_expert) is not null;

    /// <summary>Sets the files that a recipe leaves open, so that it can be read whichever other values of weights it has.</summary>
    public void Complete(SettingsDraft draft, ParseResult parsed)
    {
        foreach (var (path, file) in Files(parsed, draft.Count("students")))
            draft.SetIfMissing(path, file, "weights");
    }

    /// <summary>Returns the values of the recipe that the options set.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="students">The number of students of the recipe.</param>
    public IReadOnlyList<string> Overrides(ParseResult parsed, int students) =>
        [.. Files(parsed, students).Select(entry => $"{entry.Path}={entry.File}")];

    private IEnumerable<(string Path, string File)> Files(ParseResult parsed, int students)
    {
        for (int i = 0; i < students && parsed.GetValue(_student) is { } student; i++)
            yield return ($"students[{i}].weights.file", student);
        if (parsed.GetValue(_expert) is { } expert)
            yield return ("expert.weights.file", expert);
    }
}
