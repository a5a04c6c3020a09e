using Pupil.Core;

namespace Pupil.Tests.Core;

public sealed class ProcessorModelTests
{
    [Fact]
    public void The_model_and_vector_instructions_are_those_of_the_first_processor()
    {
        var found = ProcessorModel.FromLinux(
        [
            "processor\t: 0", "vendor_id\t: AuthenticAMD", "cpu family\t: 25", "model\t\t: 17", "model name\t: AMD EPYC", "stepping\t: 1",
            "flags\t\t: fpu sse sse2 sse4_2 avx f16c avx2 avx512f avx512_bf16 amx_tile rdpid fma", "power management:", "",
            "processor\t: 1", "model\t\t: 99",
        ]);
        Assert.Equal("AMD EPYC (family 25, model 17, stepping 1)", found.Name);
        Assert.Equal(["sse4_2", "avx", "f16c", "avx2", "avx512f", "avx512_bf16", "amx_tile", "fma"], found.Instructions);
    }

    [Fact]
    public void An_arm_processor_has_other_words()
    {
        var found = ProcessorModel.FromLinux(
            ["processor\t: 0", "Features\t: fp asimd asimddp sve sve2 bf16", "CPU implementer\t: 0x41", "CPU part\t: 0xd40", ""]);
        Assert.Equal("0x41 (part 0xd40)", found.Name);
        Assert.Equal(["asimd", "asimddp", "sve", "sve2", "bf16"], found.Instructions);
    }

    [Fact]
    public void A_file_without_a_name_gives_some_name() => Assert.NotEqual("", ProcessorModel.FromLinux(["", "x"]).Name);
}
