using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Pupil.Distillation;
using Pupil.Distillation.Methods;
using Pupil.Images;
using Pupil.Images.Recognition;
using Pupil.Settings;

namespace Pupil.Experiments.Recipes;

/// <summary>Registers Pupil's methods and data sources with the reader of settings.</summary>
internal static class BuiltInVariants
{
    /// <summary>Registers them before any other code of Pupil runs.</summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "Settings are read the same way whichever type of Pupil is used first.")]
    internal static void Add()
    {
        Variants.Add<DataSource>(DataSourceCatalogue.BuiltIn);
        Variants.Add<MethodOptions>(MethodCatalogue.BuiltIn);
    }
}
