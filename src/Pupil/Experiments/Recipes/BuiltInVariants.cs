using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Pupil.Distillation;
using Pupil.Distillation.Methods;
using Pupil.Images;
using Pupil.Images.Recognition;
using Pupil.Settings;

namespace Pupil.Experiments.Recipes;

/// <summary>Tells the reader of settings which methods and data sources come with Pupil.</summary>
internal static class BuiltInVariants
{
    /// <summary>Runs before any other code of Pupil.</summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "Settings are read the same way whichever type of Pupil is used first.")]
    internal static void Add()
    {
        Variants.Add<DataSource>(DataSourceCatalogue.BuiltIn);
        Variants.Add<MethodOptions>(MethodCatalogue.BuiltIn);
    }
}
