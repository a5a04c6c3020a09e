using System.Diagnostics;
using Pupil.Distillation;
using Pupil.Distillation.Methods;
using Pupil.Experiments.Runs;
using Pupil.Settings;

namespace Pupil.Tests.Distillation;

/// <summary>Methods that an application adds, without a change in Pupil.</summary>
public sealed class OwnMethodTests
{
    [Fact(Explicit = true)]
    public async Task An_application_trains_by_a_method_of_its_own()
    {
        using var folder = new TemporaryFolder();
        using var process = Process.Start(new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "OwnMethod.dll"), folder.FullPath])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(process.ExitCode == 0, output + await errors);
        Assert.StartsWith("embedding-direction: ", output);
        var epochs = new RunFolder(folder["own-method"]).ReadEpochs();
        Assert.All(epochs, epoch => Assert.Contains(new TermName("student", "", "direction"), epoch.Terms.Keys));
    }

    [Fact]
    public void Variants_that_do_not_fit_are_refused()
    {
        Assert.Contains("no name in settings", Assert.Throws<ArgumentException>(() => Variants.Add<MethodOptions>(typeof(NamelessOptions)))
            .Message);
        Assert.Contains("'kd', which belongs to",
            Assert.Throws<ArgumentException>(() => Variants.Add<MethodOptions>(typeof(SecondKdOptions))).Message);
        Assert.Contains("no variant of", Assert.Throws<ArgumentException>(() => Variants.Add<MethodOptions>(typeof(string))).Message);
        Assert.Equal(MethodCatalogue.BuiltIn, Variants.Of<MethodOptions>().Take(MethodCatalogue.BuiltIn.Count));
        Variants.Add<MethodOptions>(typeof(KdOptions)); // registered already
        Assert.Single(MethodCatalogue.Names, "kd");
    }

    private sealed record NamelessOptions : MethodOptions
    {
        public override Method CreateMethod(MethodContext context) => throw new InvalidOperationException("It is never built.");
    }

    [MethodAbout("kd", "Another", "", "")]
    private sealed record SecondKdOptions : MethodOptions
    {
        public override Method CreateMethod(MethodContext context) => throw new InvalidOperationException("It is never built.");
    }
}
