using System.Collections.Concurrent;
using System.Reflection;

namespace Pupil.Settings;

/// <summary>The name by which settings choose this record among the variants of its base record, for example <c>kd</c>.</summary>
/// <param name="name">The name; unique among the variants of one base record.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public class VariantAttribute(string name) : Attribute
{
    /// <summary>The name in settings.</summary>
    public string Name { get; } = name;
}

/// <summary>Marks a base record whose variants are listed elsewhere (<see cref="Variants"/>).</summary>
/// <param name="key">The JSON key that holds a variant's name.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class VariantKeyAttribute(string key) : Attribute
{
    /// <summary>The JSON key that holds a variant's name.</summary>
    public string Key { get; } = key;
}

/// <summary>
/// The lists of variants by base record. A base record does not name its variants: lists stand above what they list, and an application
/// adds its
/// own. Safe for several threads.
/// </summary>
public static class Variants
{
    private static readonly ConcurrentDictionary<Type, IReadOnlyList<Type>> Lists = new();

    /// <summary>
    /// Adds variants of a base record, in the order in which messages and schemas list them. One that is there already is left alone.
    /// </summary>
    /// <typeparam name="TBase">The base record, marked by <see cref="VariantKeyAttribute"/>.</typeparam>
    /// <param name="variants">Records derived from it, each marked by <see cref="VariantAttribute"/>.</param>
    /// <exception cref="ArgumentException">A type is no variant of the base record, or its name belongs to another one.</exception>
    public static void Add<TBase>(params IReadOnlyList<Type> variants)
        where TBase : class
    {
        Lists.AddOrUpdate(typeof(TBase), _ => Merge([]), (_, known) => Merge(known));
        SettingsJson.ForgetVariants();

        IReadOnlyList<Type> Merge(IReadOnlyList<Type> known)
        {
            var all = known.ToList();
            foreach (var variant in variants.Where(variant => !all.Contains(variant)))
            {
                if (!variant.IsSubclassOf(typeof(TBase)) || variant.IsAbstract)
                {
                    throw new ArgumentException(
                        $"{variant} is no variant of {typeof(TBase)}: it must be a concrete record derived from it.", nameof(variants));
                }
                string name = NameOf(variant);
                if (all.Find(other => NameOf(other) == name) is { } other)
                    throw new ArgumentException($"{variant} has the name '{name}', which belongs to {other}.", nameof(variants));
                all.Add(variant);
            }
            return all;
        }
    }

    /// <summary>The variants of a base record, in the order in which they were added.</summary>
    /// <typeparam name="TBase">The base record.</typeparam>
    public static IReadOnlyList<Type> Of<TBase>() => Of(typeof(TBase));

    /// <summary>The name of a variant in settings.</summary>
    /// <param name="variant">A record marked by <see cref="VariantAttribute"/>.</param>
    /// <exception cref="ArgumentException">It has no such mark.</exception>
    public static string NameOf(Type variant) => variant.GetCustomAttribute<VariantAttribute>(inherit: false)?.Name
        ?? throw new ArgumentException($"{variant} has no name in settings: mark it with "
            + $"[{nameof(VariantAttribute)[..^"Attribute".Length]}(\"name\")].", nameof(variant));

    internal static IReadOnlyList<Type> Of(Type root) => Lists.GetValueOrDefault(root) ?? [];
}
