using Pupil.Distillation;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Images;
using Pupil.Networks;

namespace Pupil.Reporting.Descriptions;

/// <summary>An output of a network that a term of a loss can read or move.</summary>
/// <param name="Network">The network's name; <see cref="Labels"/> for the labels; the module's name for a companion that is no network.</param>
/// <param name="Part">A stage's name, <c>embedding</c> or <c>logits</c>; empty for what has no parts.</param>
public sealed record Place(string Network, string Part)
{
    /// <summary>Where the labels stand.</summary>
    public const string Labels = "labels";

    /// <summary>The parts of every network beside its stages.</summary>
    internal const string Logits = "logits", Embedding = "embedding";

    /// <summary>Whether it is a stage's value before its last ReLU.</summary>
    public bool IsBeforeReLU { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Part.Length == 0 ? Network : $"{Network} {Part}{(IsBeforeReLU ? " before its ReLU" : "")}";
}

/// <summary>Who learns what from whom by a term.</summary>
/// <param name="Learner">The output whose gradient the term gives.</param>
/// <param name="Teacher">The output that it is measured against; null where there is none.</param>
/// <param name="MovesTeacher">Whether the term's gradient flows into the teacher too; otherwise it stops there.</param>
public sealed record TermLink(Place Learner, Place? Teacher, bool MovesTeacher);

/// <summary>A term of a loss.</summary>
/// <param name="Name">Its name in the records; the owner is a student or a network that the method trains beside the students.</param>
/// <param name="Weight">Its weight at the end of the training.</param>
/// <param name="IsPreliminary">Whether it belongs to the method's phase before the training proper.</param>
/// <param name="Links">What it joins.</param>
public sealed record TermDescription(TermName Name, double Weight, bool IsPreliminary, IReadOnlyList<TermLink> Links);

/// <summary>Something trained that is no network: an adapter, a projection, a paraphraser.</summary>
/// <param name="Beside">The student it belongs to; null for one of all.</param>
/// <param name="Name">Its name.</param>
/// <param name="Parameters">Trained numbers.</param>
public sealed record DescribedExtra(string? Beside, string Name, long Parameters);

/// <summary>
/// How the networks of a recipe are joined. Nothing of it is written down by hand: the method is built as for a training, with untrained networks, and
/// asked about random images; automatic differentiation then tells which outputs a term moves, and changing one output at a time which it reads.
/// </summary>
public sealed record TeachingDescription
{
    /// <summary>The recipe.</summary>
    public required Recipe Recipe { get; init; }

    /// <summary>The images.</summary>
    public required DataForm Form { get; init; }

    /// <summary>The networks: experts, students, what is trained beside them, students that are not taught.</summary>
    public required IReadOnlyList<DescribedNetwork> Networks { get; init; }

    /// <summary>The terms of all losses.</summary>
    public required IReadOnlyList<TermDescription> Terms { get; init; }

    /// <summary>What else is trained; none of it is part of a student's file.</summary>
    public required IReadOnlyList<DescribedExtra> Extras { get; init; }

    /// <summary>Whose convolutions the students use in place of their own, and which; null: nobody's.</summary>
    public (string Lender, LayerSharing Sharing)? Shared { get; init; }

    /// <summary>Describes a recipe.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="form">Its images, for example <see cref="DataSource.KnownForm"/> of its source; the recipe's <c>data.input</c> then scales them.</param>
    /// <exception cref="UserErrorException">The method does not fit the networks, or an expert's file cannot be read.</exception>
    public static TeachingDescription Of(Recipe recipe, DataForm form)
    {
        var data = StandInData.Of(recipe.Data, form);
        using var rehearsal = new Rehearsal(recipe, data);
        var companions = rehearsal.Classrooms.SelectMany(classroom => classroom.Method.Companions).ToList();
        var networks = new List<DescribedNetwork>();
        foreach (var (name, expert) in rehearsal.Experts)
            networks.Add(DescribedNetwork.Of(expert.Network) with { Name = name });
        foreach (var student in recipe.Students.OrderByDescending(student => student.Taught))
            Add(student.Name, student.Taught ? NetworkRole.Student : NetworkRole.Control, NetworkOf(student.Name));
        foreach (var companion in companions.Where(companion => companion.Module is Network))
            Add(companion.Name, NetworkRole.Companion, (Network)companion.Module);
        var shared = rehearsal.Classrooms[0].Method.SharedLayers;
        return new TeachingDescription
        {
            Recipe = recipe,
            Form = new DataForm(data.InputShape.Height, data.InputShape.Width, data.InputShape.Channels, form.Classes),
            Networks = [.. networks.OrderBy(network => network.Role == NetworkRole.Control)],
            Terms = [.. rehearsal.Steps.SelectMany(step => new TermTracer(rehearsal.Experts, step, data, recipe.Training.Epochs).Terms())],
            Extras =
            [
                .. companions.Where(companion => companion.Module is not Network).Select(companion => new DescribedExtra(null, companion.Name, Parameters(companion.Module))),
                .. from step in rehearsal.Steps
                   from learner in step.Learners
                   from module in learner.Modules
                   select new DescribedExtra(learner.Name, module.Key, Parameters(module.Value)),
            ],
            Shared = shared is null ? null : (companions.First(companion => ReferenceEquals(companion.Module, shared.Lender)).Name, shared.Sharing),
        };

        Network NetworkOf(string student) => rehearsal.Classrooms.SelectMany(classroom => classroom.Students).First(named => named.Name == student).Network;

        // Built anew: one that shares convolutions has them at another place.
        void Add(string name, NetworkRole role, Network network) =>
            networks.Add(DescribedNetwork.Of(network.Spec, network.Input, network.Classes) with { Name = name, Role = role });
    }

    private static long Parameters(TorchSharp.torch.nn.Module module) => module.parameters().Sum(parameter => parameter.numel());
}
