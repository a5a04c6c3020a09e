namespace Pupil.Tests.References;

public sealed class ReferenceNumbersTests
{
    /// <summary>The first part, up to a dot, of the names of all terms with a gradient in method-references.json.</summary>
    public static TheoryData<string> Methods =>
    [
        "ab", "cc", "crd", "curriculum", "dist", "dkd", "experts", "fitnets", "ft", "mse", "mutual", "nst", "ofd", "pkt", "review", "rkd",
        "sp", "standardised", "vid",
    ];

    [Theory]
    [MemberData(nameof(Methods))]
    public void Every_gradient_of_a_method_has_the_shape_of_the_input_that_the_words_name(string method)
    {
        var gradients = ReferenceNumbers.NamesUnder(method).Where(name => name.Contains("gradient.", StringComparison.Ordinal)).ToList();

        Assert.NotEmpty(gradients);
        foreach (var name in gradients)
        {
            var slash = name.LastIndexOf('/');
            var argument = name[(name.IndexOf("gradient.", slash, StringComparison.Ordinal) + "gradient.".Length)..] + " = ";
            var input = ReferenceNumbers.Words($"{name[..slash]}/inputs")
                .Single(text => text.StartsWith(argument, StringComparison.Ordinal));

            Assert.Equal(ReferenceNumbers.Shape(input[argument.Length..]), ReferenceNumbers.Shape(name));
        }
    }

    [Fact]
    public void A_name_in_no_file_is_refused()
    {
        var error = Assert.Throws<KeyNotFoundException>(() => ReferenceNumbers.Values("dkd.target/plain/nothing"));

        Assert.Equal("references.json, network-references.json, deployed-references.json, method-references.json: "
            + "none has numbers called 'dkd.target/plain/nothing'.", error.Message);
    }
}
