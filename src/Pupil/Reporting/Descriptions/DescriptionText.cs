using System.Globalization;
using Pupil.Core;
using Pupil.Experiments.Runs;
using Pupil.Networks;

namespace Pupil.Reporting.Descriptions;

/// <summary>The texts of a description, for the terminal and for drawings.</summary>
internal static class DescriptionText
{
    /// <summary>Returns a line with the recipe, its method and its images.</summary>
    public static string Title(TeachingDescription teaching)
    {
        var (recipe, form) = (teaching.Recipe, teaching.Form);
        return string.Create(CultureInfo.InvariantCulture,
            $"{recipe.Name}: {recipe.Method.MethodName}, images of {form.Channels}×{form.Height}×{form.Width}, {form.Classes} classes");
    }

    /// <summary>Returns a line with a network and its images.</summary>
    public static string Title(DescribedNetwork network)
    {
        var input = network.Input;
        string classes = network.Outline.Classes is { } count ? FormattableString.Invariant($", {count} classes") : "";
        return string.Create(CultureInfo.InvariantCulture,
            $"{network.Name}, images of {input.Channels}×{input.Height}×{input.Width}{classes}");
    }

    /// <summary>Returns a weight with at most four significant digits.</summary>
    public static string Weight(double weight) => weight.ToString("G4", CultureInfo.InvariantCulture);

    /// <summary>Returns the outputs that a term trains, each with the outputs that it is compared with: <c>logits ← labels</c>.</summary>
    public static IEnumerable<string> Links(TermDescription term)
    {
        foreach (var links in term.Links.GroupBy(link => link.Learner))
        {
            bool hasTeachers = links.All(link => link.Teacher is not null);
            yield return Own(links.Key) + (hasTeachers ? $" ← {string.Join(", ", links.Select(link => link.Teacher))}" : "");
        }

        static string Own(Place place) => place.Part.Length == 0 ? place.Network : place.ToString()[(place.Network.Length + 1)..];
    }

    /// <summary>Returns what a term's gradient does at each teacher: it stops there, or trains the teacher too.</summary>
    public static string Gradient(TermDescription term)
    {
        var teachers = term.Links.Where(link => link.Teacher is not null && link.Teacher.Network != Place.Labels)
            .GroupBy(link => link.Teacher!.Network)
            .Select(links => links.Any(link => link.MovesTeacher) ? $"moves {links.Key} too" : $"stops at {links.Key}");
        return string.Join(", ", teachers);
    }

    /// <summary>Returns further notes: shared layers, and modules that are trained beside the students.</summary>
    public static IEnumerable<string> Notes(TeachingDescription teaching)
    {
        string[] taught = [.. teaching.Networks.Where(network => network.Role == NetworkRole.Student).Select(network => network.Name)];
        if (teaching.Shared is { } shared)
        {
            string which = shared.Sharing switch
            {
                LayerSharing.FirstConvolution => "the first convolution",
                LayerSharing.Bottom => "the first convolution and those of the first stage's first blocks",
                _ => "the first convolution and those of every stage's first blocks",
            };
            yield return $"Shared layers: {string.Join(", ", taught)} use{(taught.Length == 1 ? "s" : "")} {which} of {shared.Lender}.";
        }
        foreach (var extras in teaching.Extras.GroupBy(extra => extra.Beside))
        {
            string list = string.Join(", ", extras.Select(extra => $"{extra.Name} ({ShortNumber.Format(extra.Parameters)} parameters)"));
            yield return extras.Key is null
                ? $"Trained once for all students: {list}."
                : $"Trained beside {extras.Key}, not part of its file: {list}.";
        }
    }
}
