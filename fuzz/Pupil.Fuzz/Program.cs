using SharpFuzz;

namespace Pupil.Fuzz;

/// <summary>Runs one target under afl-fuzz, or on files: see <c>fuzz/run</c>.</summary>
internal static class Program
{
    private const string Usage = """
        Pupil.Fuzz --list                       prints the targets
        Pupil.Fuzz TARGET --replay FILE...      reads each file once and prints the outcome
        Pupil.Fuzz TARGET                       reads the inputs of afl-fuzz: see fuzz/run
        """;

    public static int Main(string[] arguments)
    {
        switch (arguments)
        {
            case ["--list"]:
                foreach (var listed in FuzzTargets.All)
                    Console.WriteLine($"{listed.Name,-18}{listed.Reads}");
                return 0;
            case [var name, "--replay", .. var files] when FuzzTargets.Find(name) is { } target:
                return Replay(target, files);
            case [var name]:
                Run(name);
                return 0;
            default:
                Console.Error.WriteLine(Usage);
                return 2;
        }
    }

    // A reader may end its process, which is therefore a child of the one that afl-fuzz knows. The instrumented code has a place to count
    // in only within the action: not even the list of targets may be made before.
    private static void Run(string name)
    {
        FuzzReader? reader = null;
        Fuzzer.OutOfProcess.Run(input =>
        {
            reader ??= FuzzTargets.Find(name)!.Start();
            using var copy = new MemoryStream();
            input.CopyTo(copy);
            reader.Try(copy.ToArray());
        });
        reader?.Dispose();
    }

    private static int Replay(FuzzTarget target, string[] files)
    {
        using var reader = target.Start();
        int faults = 0;
        foreach (string file in files)
        {
            try
            {
                Console.WriteLine($"{file}: {reader.Try(File.ReadAllBytes(file)) ?? "read"}");
            }
            catch (Exception fault)
            {
                faults++;
                Console.WriteLine($"{file}: FAULT {fault}");
            }
        }
        return faults > 0 ? 1 : 0;
    }
}
