using Pupil.Data;
using Pupil.Distillation;
using Pupil.Networks;

namespace Pupil.Tests.Training;

/// <summary>A scratch teacher alone that lends the students its layers.</summary>
internal sealed record SharingOptions(LayerSharing Sharing) : MethodOptions
{
    public override Method Create(MethodSetting setting)
    {
        var scratch = setting.BuildCompanion(new() { Architecture = "wrn-16-1" });
        var options = new CtkdOptions { Teachers = CtkdTeachers.ScratchOnly };
        return new SharingMethod(new Ctkd(options, scratch, expert: null), new(scratch, Sharing));
    }

    private sealed class SharingMethod(Method inner, SharedLayers shared) : Method
    {
        public override IReadOnlyList<Companion> Companions => inner.Companions;

        public override SharedLayers? SharedLayers => shared;

        public override Lesson Teach(Batch batch) => inner.Teach(batch);
    }
}
