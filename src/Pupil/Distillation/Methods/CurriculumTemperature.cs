using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Pupil.Core;
using Pupil.Distillation.Equations;
using Pupil.Images;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Distillation.Methods;

/// <summary>
/// Curriculum temperature (Li et al. 2023, also abbreviated "CTKD"): knowledge distillation at a learnt temperature. The temperature is
/// trained to raise the student's loss, with a strength that grows over the first epochs.
/// </summary>
[MethodAbout("curriculum-temperature", "Curriculum temperature",
    "(1 − α)·H(y, z_s) + α·T²·KL(softmax(z_t/T) ‖ softmax(z_s/T)), T = 1 + 20·σ(θ), θ trained to raise it",
    "Li et al. 2023, arXiv 2211.16231 (the global temperature)", Needs = "one trained number")]
public sealed record CurriculumTemperatureOptions : ExpertMethodOptions
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override TeacherParts Reads => TeacherParts.Logits;

    /// <summary>α, the weight of the softened term; the labels have 1 − α. 0…1, default 0.9.</summary>
    [Description("Weight of the softened term (alpha); the labels have 1 − alpha."), Range(0.0, 1.0)]
    public double Alpha { get; init; } = 0.9;

    /// <summary>
    /// Epochs over which the temperature's reversed gradient grows from 0 to full strength, along half a cosine. Default 10.
    /// </summary>
    [Description("Epochs over which the temperature's reversed gradient grows from 0 to full strength."), Range(1, 100_000)]
    public int CurriculumEpochs { get; init; } = 10;

    /// <summary>The initial θ. Default 1, which makes T 15.6.</summary>
    [Description("Initial theta: the temperature is 1 + 20·sigmoid(theta)."), Range(-100.0, 100.0)]
    public double Start { get; init; } = 1;

    /// <inheritdoc/>
    public override Method CreateMethod(MethodContext context) =>
        new CurriculumTemperature(this, context.RequiredExpert, context.Labelling);
}

/// <summary>Knowledge distillation at a learnt temperature. No gradient reaches the expert.</summary>
/// <param name="options">The settings.</param>
/// <param name="expert">The expert.</param>
/// <param name="labelling">The number of labels of each image; with several, the softmax is that of <see cref="Outcomes"/>.</param>
public sealed class CurriculumTemperature(CurriculumTemperatureOptions options, Expert expert, Labelling labelling = Labelling.One)
    : Method(options)
{
    private const string Name = "temperature";

    /// <inheritdoc/>
    public override double LabelWeight => options.LabelWeight ?? 1 - options.Alpha;

    /// <summary>
    /// T² · KL(softmax(z_t/T) ‖ softmax(z_s/T)), sum over the K classes, mean over the N images, in nats. T can be a trained tensor.
    /// </summary>
    /// <param name="student">z_s, N×K, or N×K×2 of <see cref="Outcomes"/>.</param>
    /// <param name="teacher">z_t, of the same shape; gets no gradient.</param>
    /// <param name="temperature">T, a scalar; or N×1, for N×K, for one temperature for each image.</param>
    public static Tensor Softened(Tensor student, Tensor teacher, Tensor temperature)
    {
        var expected = functional.log_softmax(teacher.detach() / temperature, -1);
        var found = functional.log_softmax(student / temperature, -1);
        return ((expected.exp() * (expected - found)).flatten(1).sum(1, keepdim: true) * temperature.Squared()).mean();
    }

    /// <summary>T = 1 + 20·σ(θ).</summary>
    public static Tensor FromTheta(Tensor theta) => theta.sigmoid().Times(20).Plus(1);

    /// <summary>λ, the factor of the gradient of θ in an epoch. It falls from 0 to −1.</summary>
    /// <param name="epoch">1, 2, 3 …</param>
    /// <param name="epochs">Epochs of the fall.</param>
    public static double Reversal(int epoch, int epochs) => 0.5 * (1 + Math.Cos(Math.PI * Math.Min(epoch, epochs) / epochs)) - 1;

    /// <inheritdoc/>
    public override void Enrol(Learner student) => student.Train(Name, new Temperature(options.Start));

    /// <inheritdoc/>
    public override Lesson Teach(StepInput step)
    {
        var expected = Outcomes.Of(step.OutputOf(expert).Logits, labelling);
        double reversal = Reversal(step.Moment.Epoch, options.CurriculumEpochs);
        return Lesson.FromTerms((student, output) =>
        {
            var theta = student.Module<Temperature>(Name).Theta;
            // Has the value of θ, and λ times its gradient.
            var reversed = theta.Times(reversal).Plus(theta.detach().Times(1 - reversal));
            return [new("softened", options.Alpha, Softened(Outcomes.Of(output.Logits, labelling), expected, FromTheta(reversed)))];
        });
    }

    private sealed class Temperature : Module
    {
        public Temperature(double start) : base("temperature") => register_parameter("theta", new Parameter(tensor((float)start)));

        // A property, not a field: moving the module to another device makes a new parameter.
        public Parameter Theta => get_parameter("theta")!;

        protected override void RegisterComponents() { }
    }
}
