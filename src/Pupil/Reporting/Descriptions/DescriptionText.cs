using System.Globalization;
using Pupil.Core;
using Pupil.Experiments.Runs;
using Pupil.Networks;

namespace Pupil.Reporting.Descriptions;

/// <summary>What is said of a teaching in words, in the terminal as in a drawing.</summary>
public static class DescriptionText
{
    /// <summary>The recipe, its method and its images.</summary>
    public static string Title(TeachingDescription teaching) => string.Create(CultureInfo.InvariantCulture,
        $"{teaching.Recipe.Name}: {teaching.Recipe.Method.MethodName}, images of {teaching.Form.Channels}×{teaching.Form.Height}×{teaching.Form.Width}, {teaching.Form.Classes} classes");

    /// <summary>A network alone, and its images.</summary>
    public static string Title(DescribedNetwork network) => string.Create(CultureInfo.InvariantCulture,
        $"{network.Name}, images of {network.Input.Channels}×{network.Input.Height}×{network.Input.Width}{(network.Outline.Classes is { } classes ? $", {classes} classes" : "")}");

    /// <summary>A weight, with as many digits as tell something.</summary>
    public static string Weight(double weight) => weight.ToString("G4", CultureInfo.InvariantCulture);

    /// <summary>Whom a term's learner learns from, output by output: <c>logits ← labels</c>.</summary>
    public static IEnumerable<string> Links(TermDescription term)
    {
        foreach (var links in term.Links.GroupBy(link => link.Learner))
            yield return links.Any(link => link.Teacher is null) ? Own(links.Key) : $"{Own(links.Key)} ← {string.Join(", ", links.Select(link => link.Teacher))}";

        static string Own(Place place) => place.Part.Length == 0 ? place.Network : place.ToString()[(place.Network.Length + 1)..];
    }

    /// <summary>What becomes of a term's gradient at its teachers: where it stops, and whom it moves.</summary>
    public static string Gradient(TermDescription term)
    {
        var teachers = term.Links.Where(link => link.Teacher is not null && link.Teacher.Network != Place.Labels).GroupBy(link => link.Teacher!.Network)
            .Select(links => links.Any(link => link.MovesTeacher) ? $"moves {links.Key} too" : $"stops at {links.Key}");
        return string.Join(", ", teachers);
    }

    /// <summary>What else there is to say: layers in common, what is trained beside the students.</summary>
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
            yield return $"In common: {string.Join(", ", taught)} use{(taught.Length == 1 ? "s" : "")} {which} of {shared.Lender}.";
        }
        foreach (var extras in teaching.Extras.GroupBy(extra => extra.Beside))
        {
            string list = string.Join(", ", extras.Select(extra => $"{extra.Name} ({ShortNumber.Format(extra.Parameters)} parameters)"));
            yield return extras.Key is null ? $"Trained once for all: {list}." : $"Trained beside {extras.Key}, not part of its file: {list}.";
        }
    }
}
