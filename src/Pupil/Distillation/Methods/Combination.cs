using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Pupil.Networks;

namespace Pupil.Distillation.Methods;

/// <summary>One method of a combination.</summary>
public sealed record PartOptions
{
    /// <summary>The method. Default kd.</summary>
    [Description("The method.")]
    public MethodOptions Method { get; init; } = new KdOptions();

    /// <summary>The factor of the weights of the method's terms. Default 1.</summary>
    [Description("Factor of the weights of the method's terms."), Range(0.0, 1e9)]
    public double Weight { get; init; } = 1;

    /// <summary>The part's name in records; null: the method's name.</summary>
    [Description("Name of the part in records; null: the method's name."), RegularExpression("^[A-Za-z0-9][A-Za-z0-9-]{0,40}$")]
    public string? Name { get; init; }

    /// <summary>The name of the one of the recipe's other experts that teaches; null: the recipe's expert.</summary>
    [Description("Name of the expert, one of otherExperts; null: the recipe's expert."), MinLength(1)]
    public string? Expert { get; init; }

    /// <summary>The part's name in records.</summary>
    internal string Title => Name ?? Method.MethodName;
}

/// <summary>
/// Several methods whose terms are added. Each term is weighted and recorded as <c>part/term</c>. The cross-entropy with the labels is
/// added once, by the combination's <c>labelWeight</c> (default 1); those of the parts are not used.
/// </summary>
[MethodAbout("combination", "Combination", "labelWeight·H(y, z_s) + Σ_parts weight·(the part's terms)", "")]
public sealed record CombinationOptions : MethodOptions
{
    /// <summary>The methods, two or more. Default collaborative teaching and knowledge distillation from the expert's logits.</summary>
    [Description("The methods whose terms are added."), MinLength(2)]
    public IReadOnlyList<PartOptions> Parts { get; init; } = [new() { Method = new CtkdOptions() }, new()];

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool NeedsExpert => Parts.Any(part => part.Expert is null && part.Method.NeedsExpert);

    /// <inheritdoc/>
    [JsonIgnore]
    public override LabelNeed NeedsLabels => Parts.Max(part => part.Method.NeedsLabels);

    /// <inheritdoc/>
    [JsonIgnore]
    public override string? RefusesLabelSets => Parts
        .Where(part => part.Method.RefusesLabelSets is not null)
        .Select(part => $"has the part '{part.Title}', which {part.Method.RefusesLabelSets}")
        .FirstOrDefault();

    /// <inheritdoc/>
    [JsonIgnore]
    public override TeacherParts Reads => ReadsBy(null);

    /// <inheritdoc/>
    [JsonIgnore]
    public override int NeedsSnapshots => SnapshotsOf(null);

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool TrainsNetworks => Parts.Any(part => part.Method.TrainsNetworks);

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool TrainsIndependentNetworks =>
        Parts.All(part => !part.Method.TrainsNetworks || part.Method.TrainsIndependentNetworks);

    /// <inheritdoc/>
    [JsonIgnore]
    public override int EpochsBefore => Parts.Max(part => part.Method.EpochsBefore);

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<string> NeedsOtherExperts => [.. Parts.Select(part => part.Expert).OfType<string>().Distinct()];

    /// <inheritdoc/>
    public override IReadOnlyList<string> SettingNotes(int batchSize, int classes, int students) =>
        [.. Parts.SelectMany(part => part.Method.SettingNotes(batchSize, classes, students))];

    /// <inheritdoc/>
    public override TeacherParts ReadsOf(string otherExpert) => ReadsBy(otherExpert);

    /// <inheritdoc/>
    public override int NeedsSnapshotsOf(string otherExpert) => SnapshotsOf(otherExpert);

    /// <inheritdoc/>
    public override void Check()
    {
        for (int i = 0; i < Parts.Count; i++)
        {
            Check($"parts[{i}]", Parts[i]);
            if (Parts.Take(i).FirstOrDefault(earlier => earlier.Title == Parts[i].Title) is not null)
                throw new UserErrorException($"parts[{i}]: found a second part '{Parts[i].Title}'; give it another name, or remove it.");
        }
        if (Parts.Count(part => part.Method.TrainsNetworks) > 1)
        {
            throw new UserErrorException("parts: found several that train networks beside the students (ctkd, rocket, dml), expected "
                + "one at most; remove the others.");
        }
        if (Parts.Count(part => part.Method.EpochsBefore > 0) > 1)
        {
            throw new UserErrorException("parts: found several with a phase before the main training, expected one at most; "
                + "set preliminaryEpochs of the others to 0, or remove them.");
        }
    }

    /// <inheritdoc/>
    public override Method CreateMethod(MethodContext context) =>
        new Combination(this, [.. Parts.Select(part => (part, part.Method.CreateMethod(ContextOf(part, context))))]);

    private static MethodContext ContextOf(PartOptions part, MethodContext context) =>
        part.Expert is null ? context : context with { Expert = context.OtherExperts[part.Expert] };

    private TeacherParts ReadsBy(string? expert) =>
        Parts.Where(part => part.Expert == expert).Aggregate(TeacherParts.None, (all, part) => all | part.Method.Reads);

    private int SnapshotsOf(string? expert) =>
        Parts.Where(part => part.Expert == expert).Max(part => (int?)part.Method.NeedsSnapshots) ?? 0;

    private static void Check(string path, PartOptions part)
    {
        switch (part.Method)
        {
            case CombinationOptions:
                throw new UserErrorException($"{path}.method: found a combination within a combination; list its parts here.");
            case SupervisedOptions:
                throw new UserErrorException($"{path}.method: found 'supervised', which has no terms of its own: labelWeight weighs the "
                    + "labels; remove the part.");
            case { LabelWeight: not null }:
                throw new UserErrorException($"{path}.method.labelWeight: found a value, but a combination adds the labels' term once; "
                    + "set the combination's labelWeight.");
        }
        if (part.Expert is not null && !part.Method.NeedsExpert)
            throw new UserErrorException($"{path}.expert: found '{part.Expert}', but method '{part.Method.MethodName}' uses no expert; "
                + "remove it.");
        try
        {
            part.Method.Check();
        }
        catch (UserErrorException error)
        {
            throw new UserErrorException($"{path}.method: {error.Message}", error);
        }
    }
}

/// <summary>Several methods, whose terms are added.</summary>
/// <param name="options">The settings.</param>
/// <param name="parts">The methods.</param>
public sealed class Combination(CombinationOptions options, IReadOnlyList<(PartOptions Options, Method Method)> parts) : Method(options)
{
    /// <inheritdoc/>
    public override IReadOnlyList<Companion> Companions => [.. parts.SelectMany(part => part.Method.Companions)];

    /// <inheritdoc/>
    public override SharedLayers? SharedLayers =>
        parts.Select(part => part.Method.SharedLayers).FirstOrDefault(shared => shared is not null);

    /// <inheritdoc/>
    public override double? PreliminaryRate => parts.Max(part => part.Method.PreliminaryRate);

    /// <inheritdoc/>
    public override void Enrol(Learner student)
    {
        foreach (var (part, method) in parts)
            method.Enrol(student.ForPart(part.Title));
    }

    /// <inheritdoc/>
    public override Lesson Teach(StepInput step) => new JointLesson(step.Moment,
    [
        .. from part in parts
           where !step.Moment.IsPreliminary || part.Method.PreliminaryEpochs > 0
           select (part.Options, part.Method, part.Method.Begin(step)),
    ]);

    private sealed class JointLesson(Moment moment, IReadOnlyList<(PartOptions Options, Method Method, Lesson Lesson)> parts) : Lesson
    {
        public override IReadOnlyList<Term> Terms => OfParts(parts, part => part.Terms);

        public override bool StudentsMoveTeachers => parts.Any(part => part.Lesson.StudentsMoveTeachers);

        public override bool IsForStudents => parts.Any(part => part.Lesson.IsForStudents);

        public override IReadOnlyList<Term> AfterStudents(IReadOnlyList<NetworkOutput> outputs) =>
            OfParts(parts, part => part.AfterStudents(outputs));

        public override IReadOnlyList<Term> Learn(Learner student, NetworkOutput output) =>
        [
            .. from part in parts
               where part.Lesson.IsForStudents
               from term in OfPart(part.Options, part.Method, part.Lesson.Learn(student.ForPart(part.Options.Title), output))
               select term,
        ];

        private List<Term> OfParts(
            IEnumerable<(PartOptions Options, Method Method, Lesson Lesson)> all, Func<Lesson, IReadOnlyList<Term>> terms) =>
            [.. all.SelectMany(part => OfPart(part.Options, part.Method, terms(part.Lesson)))];

        // Adds name, weight and warm-up of the part to all terms, also those of companions.
        private IEnumerable<Term> OfPart(PartOptions options, Method method, IEnumerable<Term> terms) =>
            method.Weighted(terms, moment).Select(term => term.Scaled(options.Weight) with { Part = options.Title });
    }
}
