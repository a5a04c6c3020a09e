using System.Globalization;
using Pupil.Distillation;

namespace Pupil.Tests.Distillation;

/// <summary>Names and weights of terms against a text such as <c>cross-entropy 0.1, softened 14.4</c>.</summary>
internal static class TermWeights
{
    /// <summary>A student's terms by their own names, a companion's with their owner's.</summary>
    public static List<(string Name, double Weight)> FromTerms(IEnumerable<Term> terms) =>
        [.. terms.Select(term => (term.Owner is "" or "student" ? term.FullName.InOwner : term.FullName.ToString(), term.Weight))];

    public static void Assert(string expected, IReadOnlyList<(string Name, double Weight)> found)
    {
        string[][] wanted = [.. expected.Split(", ").Select(text => text.Split(' '))];
        Xunit.Assert.Equal(wanted.Select(term => term[0]), found.Select(term => term.Name));
        double[] weights = [.. wanted.Select(term => double.Parse(term[1], CultureInfo.InvariantCulture))];
        Tensors.AssertNear(weights, [.. found.Select(term => term.Weight)], 1e-12, expected);
    }
}
