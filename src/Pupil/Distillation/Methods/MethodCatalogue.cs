using Pupil.Settings;

namespace Pupil.Distillation.Methods;

/// <summary>
/// The list of methods: a file in this folder and a line here for each. An application adds its own with <see cref="Variants.Add"/>.
/// </summary>
internal static class MethodCatalogue
{
    /// <summary>The options of the methods that come with Pupil, in the order of their names.</summary>
    internal static IReadOnlyList<Type> BuiltIn { get; } =
    [
        typeof(AbOptions),
        typeof(AtOptions),
        typeof(CcOptions),
        typeof(CombinationOptions),
        typeof(CrdOptions),
        typeof(CtkdOptions),
        typeof(CurriculumTemperatureOptions),
        typeof(DistOptions),
        typeof(DkdOptions),
        typeof(DmlOptions),
        typeof(FeatureRegressionOptions),
        typeof(FitNetsOptions),
        typeof(FtOptions),
        typeof(KdOptions),
        typeof(MseLogitsOptions),
        typeof(NstOptions),
        typeof(OfdOptions),
        typeof(PktOptions),
        typeof(RcoOptions),
        typeof(ReviewKdOptions),
        typeof(RkdOptions),
        typeof(RocketOptions),
        typeof(SpOptions),
        typeof(SupervisedOptions),
        typeof(TokenRelationsOptions),
        typeof(VidOptions),
    ];

    /// <summary>The names of all methods, including those that an application added, in alphabetical order.</summary>
    public static IReadOnlyList<string> Names => [.. Variants.Of<MethodOptions>().Select(Variants.NameOf).Order(StringComparer.Ordinal)];
}
