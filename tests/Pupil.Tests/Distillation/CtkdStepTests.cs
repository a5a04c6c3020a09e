using Pupil.Distillation;
using Pupil.Distillation.Equations;
using Pupil.Distillation.Methods;
using Pupil.Images;
using Pupil.Networks;
using Pupil.Tests.References;
using Pupil.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Distillation;

/// <summary>Whole steps of collaborative teaching, with the method that recipes build.</summary>
public sealed class CtkdStepTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Batch _batch = FirstStep.Batch();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData("paper")]
    [InlineData("released-code")]
    public void Three_steps_are_the_references(string preset)
    {
        bool released = preset == "released-code";
        string group = $"step/{preset}";
        using var expert = FirstStep.Expert();
        var method = FirstStep.Create(FirstStep.Preset(preset), expert);
        using var scratch = ((Network)method.Companions.Single().Module);
        using var student = FirstStep.Student(method);
        method.Enrol(new Learner("student", student));
        Assert.Equal(released, ReferenceEquals(scratch.StemOf(), student.StemOf()));
        var trained = scratch.parameters().Concat(student.parameters()).DistinctBy(parameter => parameter.Handle);
        using var optimizer = new Sgd(new SgdOptions(), trained.Select((parameter, i) => KeyValuePair.Create($"{i}", (Tensor)parameter)));
        var losses = new List<double>();
        for (int step = 0; step < 3; step++)
        {
            var terms = FirstStep.Step(method, student, _batch);
            losses.Add(terms.Sum(term => term.Value * Weight(term.Key.Split('/')[^1])));
            if (step == 0)
            {
                string attention = released ? "scratch-teacher/attention" : "student/attention";
                Assert.Equal(new[] { "scratch-teacher/cross-entropy", "student/cross-entropy", "student/path", attention }.Order(),
                    terms.Keys.Order());
                AssertTerm("scratch-cross-entropy", terms["scratch-teacher/cross-entropy"]);
                AssertTerm("student-cross-entropy", terms["student/cross-entropy"]);
                AssertTerm("path", terms["student/path"]);
                AssertTerm("attention", terms[attention]);
                AssertTerm("loss", losses[0]);
                AssertGradients();
            }
            optimizer.Step(0.001);
        }
        Tensors.AssertNear(ReferenceNumbers.Values($"{group}/losses"), [.. losses], 1e-8, "losses");

        static double Weight(string term) => term switch { "path" => 0.03, "attention" => 1000, _ => 1 };

        void AssertTerm(string name, double value) => Tensors.AssertNear(ReferenceNumbers.Scalar($"{group}/{name}"), value, 1e-9, name);

        void AssertGradients()
        {
            Tensors.AssertGradientNorms($"{group}/scratch.parameters", $"{group}/scratch.gradient-norms", scratch);
            Tensors.AssertReference($"{group}/scratch.stem.weight.gradient", scratch.StemOf().weight.grad!, 1e-8);
            // A shared stem belongs to the scratch teacher, and is compared above.
            string except = released ? "stem.weight" : "";
            Tensors.AssertGradientNorms($"{group}/student.parameters", $"{group}/student.gradient-norms", student, except: except);
            if (!released)
                Tensors.AssertReference($"{group}/student.stem.weight.gradient", student.StemOf().weight.grad!, 1e-8);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_path_term_has_a_gradient_for_the_scratch_teacher_only_without_the_gradient_block(bool block)
    {
        var options = new CtkdOptions
        {
            ScratchTeacher = new() { Architecture = "wrn-10-2" },
            Teachers = CtkdTeachers.ScratchOnly,
            GradientBlock = block,
            Gamma = 0.7,
        };
        var method = FirstStep.Create(options);
        using var scratch = ((Network)method.Companions.Single().Module);
        using var student = FirstStep.Student(method);
        Assert.Equal(!block, method.Teach(_batch).StudentsMoveTeachers);
        using var scratch2 = FirstStep.Build("wrn-10-2", 100); // untouched statistics, same weights
        FirstStep.Step(method, student, _batch);

        // The expected gradient: of the cross-entropy and, without the block, of the path.
        using var student2 = FirstStep.Build("wrn-10-1");
        var logits = scratch2.call(_batch.Images).Logits;
        var loss = nn.functional.cross_entropy(logits, _batch.Target.RequiredLabels);
        if (!block)
            loss = loss + 0.7 * (logits - student2.call(_batch.Images).Logits.detach()).square().sum() / 4;
        loss.backward();
        foreach (var (found, expected) in scratch.named_parameters().Zip(scratch2.named_parameters()))
            Tensors.AssertNear(expected.parameter.grad!.Numbers(), found.parameter.grad!.Numbers(), 1e-9, found.name);
        Assert.All(student.parameters(), parameter => Assert.NotNull(parameter.grad));
    }

    [Theory]
    [InlineData(AttentionLearner.Student)]
    [InlineData(AttentionLearner.ScratchTeacher)]
    public void Teaching_leaves_the_expert_as_it_was(AttentionLearner learner)
    {
        var network = FirstStep.Build("wrn-16-1", 200);
        using var expert = new Expert(network, FirstStep.Plain, FirstStep.Plain);
        var before = network.Snapshot();
        var options = new CtkdOptions { ScratchTeacher = new() { Architecture = "wrn-10-1" }, AttentionOn = learner };
        var method = FirstStep.Create(options, expert);
        using var scratch = ((Network)method.Companions.Single().Module);
        using var student = FirstStep.Student(method);
        for (int step = 0; step < 3; step++)
            FirstStep.Step(method, student, _batch);

        Assert.Equal(before, network.Snapshot());
        Assert.All(network.parameters(), parameter => Assert.True(parameter.grad is null && !parameter.requires_grad));
        Assert.False(expert.Forward(_batch.Images).Logits.requires_grad);
    }

    [Theory]
    [InlineData(CtkdTeachers.Both, AttentionLearner.Student, "scratch-teacher/cross-entropy", "cross-entropy path attention")]
    [InlineData(CtkdTeachers.Both, AttentionLearner.ScratchTeacher,
        "scratch-teacher/cross-entropy scratch-teacher/attention", "cross-entropy path")]
    [InlineData(CtkdTeachers.ScratchOnly, AttentionLearner.Student, "scratch-teacher/cross-entropy", "cross-entropy path")]
    [InlineData(CtkdTeachers.ScratchOnly, AttentionLearner.ScratchTeacher, "scratch-teacher/cross-entropy", "cross-entropy path")]
    [InlineData(CtkdTeachers.ExpertOnly, AttentionLearner.Student, "", "cross-entropy attention")]
    public void The_teachers_determine_the_terms(
        CtkdTeachers teachers, AttentionLearner learner, string teachersTerms, string studentsTerms)
    {
        var options = new CtkdOptions
        {
            ScratchTeacher = new() { Architecture = "wrn-10-1" },
            Teachers = teachers,
            AttentionOn = learner,
            Gamma = 0.2,
            Beta = 30,
            ShareFirstConvolution = teachers != CtkdTeachers.ExpertOnly,
        };
        options.Check();
        using var expert = FirstStep.Expert("wrn-10-1");
        var method = FirstStep.Create(options, expert); // given in any case, used only if needed
        using var student = FirstStep.Student(method);
        var lesson = method.Teach(_batch);
        var learnt = method.Loss(lesson, _batch, student);

        Assert.Equal(teachers != CtkdTeachers.ScratchOnly, options.NeedsExpert);
        Assert.Equal(teachers == CtkdTeachers.ExpertOnly ? [] : ["scratch-teacher"], method.Companions.Select(companion => companion.Name));
        Assert.Equal(teachers == CtkdTeachers.ExpertOnly ? null
            : new SharedLayers((Network)method.Companions[0].Module, LayerSharing.FirstConvolution),
            method.SharedLayers);
        Assert.Equal(teachersTerms, string.Join(' ', lesson.Terms.Select(term => term.FullName.ToString())));
        Assert.Equal(studentsTerms, string.Join(' ', learnt.Select(term => term.Name)));
        Assert.All(lesson.Terms.Concat(learnt), term =>
        {
            Assert.Equal(term.Name switch { "path" => 0.2, "attention" => 30, _ => 1 }, term.Weight);
            Tensors.AssertNear(term.Weight * term.Value.ToDouble(), term.Weighted().ToDouble(), 1e-12, term.Name);
        });
        Assert.False(lesson.StudentsMoveTeachers);
    }

    [Fact]
    public void Several_students_of_one_lesson_get_the_terms_and_gradients_of_a_single_student()
    {
        using var expert = FirstStep.Expert("wrn-10-1");
        var method = FirstStep.Create(new CtkdOptions { ScratchTeacher = new() { Architecture = "wrn-10-1" } }, expert);
        Network[] students = [FirstStep.Student(method), FirstStep.Student(method, "resnet-8"), FirstStep.Student(method)];
        var lesson = method.Teach(_batch);
        double[] Learn(Network student) => [.. method.Loss(lesson, _batch, student).Select(term => term.Value.ToDouble())];
        double[][] values = [.. students.Select(Learn)];

        Assert.Equal(values[0], values[2]);
        Assert.NotEqual(values[0], values[1]);
    }

    [Theory]
    [InlineData(PathDivisor.ImagesInBatch, 4)]
    [InlineData(PathDivisor.ConfiguredBatch, 8)]
    public void The_options_reach_the_terms(PathDivisor divisor, int images)
    {
        using var expert = FirstStep.Expert("wrn-10-1");
        var options = new CtkdOptions
        {
            ScratchTeacher = new() { Architecture = "wrn-10-1" },
            PathDivisor = divisor,
            Stages = ["stage2"],
            AttentionExponent = 4,
            AttentionDistance = AttentionDistance.Norm,
        };
        var method = FirstStep.Create(options, expert);
        using var student = FirstStep.Student(method);
        var output = student.call(_batch.Images);
        var terms = method.Loss(method.Teach(_batch), _batch, student, output)
            .ToDictionary(term => term.Name, term => term.Value.ToDouble());
        using var scratch2 = FirstStep.Build("wrn-10-1", 100);

        var scratchLogits = scratch2.call(_batch.Images).Logits.Numbers();
        Tensors.AssertNear(PlainLoops.Path(output.Logits.Numbers(), scratchLogits, images), terms["path"], 1e-9, "path");
        Tensor found = output.Stages[1].Map, expected = expert.Forward(_batch.Images).Stages[1].Map;
        var norm = AttentionDistance.Norm;
        double attention = PlainLoops.Attention(found.Numbers(), found.shape, expected.Numbers(), expected.shape, 4, norm);
        Tensors.AssertNear(attention, terms["attention"], 1e-9, "attention");
    }

    [Theory]
    [InlineData("paper")]
    [InlineData("released-code")]
    public void One_image_is_batch_enough(string preset)
    {
        using var expert = FirstStep.Expert();
        var method = FirstStep.Create(FirstStep.Preset(preset), expert);
        using var scratch = ((Network)method.Companions.Single().Module);
        using var student = FirstStep.Student(method);
        var terms = FirstStep.Step(method, student,
            new(_batch.Images.narrow(0, 1, 1), new HardTarget(_batch.Target.RequiredLabels.narrow(0, 1, 1)), ConfiguredSize: 8));

        Assert.Equal(4, terms.Count);
        Assert.All(terms.Values, value => Assert.True(double.IsFinite(value)));
        Assert.All(student.parameters().Concat(scratch.parameters()), parameter =>
            Assert.True(parameter.grad!.isfinite().all().ToBoolean()));
    }

    [Fact]
    public void Many_lessons_leave_no_tensor_behind()
    {
        using var expert = FirstStep.Expert("wrn-10-1");
        var usual = new CtkdOptions { ScratchTeacher = new() { Architecture = "wrn-10-1" } };
        foreach (var options in new MethodOptions[]
        {
            usual,
            usual with { GradientBlock = false, AttentionOn = AttentionLearner.ScratchTeacher },
            new KdOptions(),
            new SupervisedOptions(),
        })
        {
            var method = FirstStep.Create(options, expert);
            using var student = FirstStep.Student(method);
            FirstStep.Step(method, student, _batch);
            long before = Tensors.Alive;
            for (int step = 0; step < 3; step++)
                FirstStep.Step(method, student, _batch);
            Assert.Equal(before, Tensors.Alive);
        }
    }
}
