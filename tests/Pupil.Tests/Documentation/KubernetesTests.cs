using k8s;
using k8s.Models;

namespace Pupil.Tests.Documentation;

/// <summary>The manifest of the docs has the fields of a Kubernetes Job, and no others.</summary>
public sealed class KubernetesTests
{
    [Fact]
    public void The_manifest_is_an_indexed_job_on_a_shared_volume()
    {
        string page = File.ReadAllText(Path.Combine(RealData.RepositoryFolder!, "docs", "many-machines.md")).ReplaceLineEndings("\n");
        string manifest = page.Split("```yaml\n")[1].Split("```")[0];
        var job = KubernetesYaml.Deserialize<V1Job>(manifest, strict: true);
        Assert.Equal(("batch/v1", "Job", "Indexed"), (job.ApiVersion, job.Kind, job.Spec.CompletionMode));
        Assert.Equal(job.Spec.Completions, job.Spec.Parallelism);
        var pod = job.Spec.Template.Spec;
        var container = Assert.Single(pod.Containers);
        Assert.Equal(["pupil", "compare"], container.Command.Take(2));
        Assert.Equal(container.VolumeMounts[0].Name, pod.Volumes[0].Name);
        Assert.Contains(container.Command, word => word.StartsWith(container.VolumeMounts[0].MountPath, StringComparison.Ordinal));
        Assert.ThrowsAny<Exception>(() =>
            KubernetesYaml.Deserialize<V1Job>(manifest.Replace("completionMode", "completionMood"), strict: true));
    }
}
