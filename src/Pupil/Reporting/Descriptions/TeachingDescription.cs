using Pupil.Distillation;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Images;
using Pupil.Networks;

namespace Pupil.Reporting.Descriptions;

/// <summary>An output of a network that a term of a loss can depend on or move.</summary>
/// <param name="Network">
/// The network's name; <see cref="Labels"/> for the labels; the module's name for a companion that is no network.
/// </param>
/// <param name="Part">A stage's name, <c>embedding</c> or <c>logits</c>; empty for a module without parts.</param>
internal sealed record Place(string Network, string Part)
{
    /// <summary>The network's name for the labels.</summary>
    public const string Labels = "labels";

    /// <summary>The parts of every network apart from its stages.</summary>
    public const string Logits = "logits", Embedding = "embedding";

    /// <summary>Whether it is the value of a stage before its last ReLU.</summary>
    public bool IsBeforeReLU { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Part.Length == 0 ? Network : $"{Network} {Part}{(IsBeforeReLU ? " before its ReLU" : "")}";
}

/// <summary>Two outputs that a term joins.</summary>
/// <param name="Learner">The output whose gradient the term determines.</param>
/// <param name="Teacher">The output that it is compared with; null where there is none.</param>
/// <param name="MovesTeacher">Whether the term's gradient flows into the teacher too; otherwise it stops there.</param>
internal sealed record TermLink(Place Learner, Place? Teacher, bool MovesTeacher);

/// <summary>The description of a term of a loss.</summary>
/// <param name="Name">Its name in the records; the owner is a student or a network that the method trains beside the students.</param>
/// <param name="Weight">Its weight at the end of the training.</param>
/// <param name="IsPreliminary">Whether it belongs to the method's preliminary phase.</param>
/// <param name="Links">The outputs that it joins.</param>
internal sealed record TermDescription(TermName Name, double Weight, bool IsPreliminary, IReadOnlyList<TermLink> Links);

/// <summary>A trained module that is no network: an adapter, a projection, a paraphraser.</summary>
/// <param name="Beside">The student that it belongs to; null for a module of all students.</param>
/// <param name="Name">Its name.</param>
/// <param name="Parameters">The number of trained parameters.</param>
internal sealed record DescribedExtra(string? Beside, string Name, long Parameters);

/// <summary>
/// The networks of a recipe and the terms that join them, found by computation: the method is built as for a training, with untrained
/// networks, and computed on random images. Automatic differentiation shows which outputs a term moves. Changes of one output at a time
/// show which outputs it depends on.
/// </summary>
internal sealed record TeachingDescription
{
    /// <summary>The recipe.</summary>
    public required Recipe Recipe { get; init; }

    /// <summary>The images.</summary>
    public required DataForm Form { get; init; }

    /// <summary>The networks: experts, students, companions, and controls.</summary>
    public required IReadOnlyList<DescribedNetwork> Networks { get; init; }

    /// <summary>The terms of all losses.</summary>
    public required IReadOnlyList<TermDescription> Terms { get; init; }

    /// <summary>The other trained modules; none is part of a student's file.</summary>
    public required IReadOnlyList<DescribedExtra> Extras { get; init; }

    /// <summary>The network whose convolutions the students use in place of their own, and which; null if they share none.</summary>
    public (string Lender, LayerSharing Sharing)? Shared { get; init; }

    /// <summary>Describes a recipe.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="form">Its images, such as <see cref="DataSource.KnownForm"/> of its source; <c>data.input</c> then scales them.</param>
    /// <exception cref="UserErrorException">The method does not fit the networks, or an expert's file cannot be read.</exception>
    public static TeachingDescription OfRecipe(Recipe recipe, DataForm form)
    {
        recipe.CheckLabels(form.Labelling);
        var data = StandInData.OfForm(recipe.Data, form);
        using var rehearsal = new Rehearsal(recipe, data);
        var companions = rehearsal.Classrooms.SelectMany(classroom => classroom.Method.Companions).ToList();
        var networks = new List<DescribedNetwork>();
        foreach (var (name, expert) in rehearsal.Experts)
            networks.Add(DescribedNetwork.OfTeacher(expert.Network) with { Name = name });
        foreach (var student in recipe.Students.OrderByDescending(student => student.Taught))
            Add(student.Name, student.Taught ? NetworkRole.Student : NetworkRole.Control, NetworkOf(student.Name));
        foreach (var companion in companions.Where(companion => companion.Module is Network))
            Add(companion.Name, NetworkRole.Companion, (Network)companion.Module);
        var shared = rehearsal.Classrooms[0].Method.SharedLayers;
        var modules = companions.Where(companion => companion.Module is not Network);
        return new TeachingDescription
        {
            Recipe = recipe,
            Form = form with { Height = data.InputShape.Height, Width = data.InputShape.Width, Channels = data.InputShape.Channels },
            Networks = [.. networks.OrderBy(network => network.Role == NetworkRole.Control)],
            Terms = [.. rehearsal.Steps.SelectMany(step => new TermTracer(rehearsal.Experts, step, data, recipe.Training.Epochs).Terms())],
            Extras =
            [
                .. modules.Select(companion => new DescribedExtra(null, companion.Name, Parameters(companion.Module))),
                .. from step in rehearsal.Steps
                   from learner in step.Learners
                   from module in learner.Modules
                   select new DescribedExtra(learner.Name, module.Key, Parameters(module.Value)),
            ],
            Shared = shared is null ? null : (NameOf(shared.Lender), shared.Sharing),
        };

        string NameOf(object lender) => companions.First(companion => ReferenceEquals(companion.Module, lender)).Name;

        Network NetworkOf(string student) =>
            rehearsal.Classrooms.SelectMany(classroom => classroom.Students).First(named => named.Name == student).Network;

        // A new network: in one that shares convolutions, they are at another place.
        void Add(string name, NetworkRole role, Network network) =>
            networks.Add(DescribedNetwork.FromSpec(network.Spec, network.Input, network.Classes) with { Name = name, Role = role });
    }

    private static long Parameters(TorchSharp.torch.nn.Module module) => module.parameters().Sum(parameter => parameter.numel());
}
