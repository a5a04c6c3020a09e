using OwnMethod;
using Pupil.Distillation;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Settings;

// Recipes now take "embedding-direction" where they name a method.
Variants.Add<MethodOptions>(typeof(EmbeddingDirectionOptions));

string folder = args.Length > 0 ? args[0] : "runs";
var recipe = RecipeBook.Read("smoke",
[
    "method={ \"name\": \"embedding-direction\", \"weight\": 2 }",
    "data.trainImages=200", "data.testImages=100", "expert.training.epochs=1", "training.epochs=2",
]);
var device = Compute.Prepare(DeviceChoice.Auto);
foreach (var step in Experiment.Start(recipe, Path.Combine(folder, "own-method"), Path.Combine(folder, "experts"), device).Run())
{
    if (step is TrainingFinished { IsExpert: false } finished)
        Console.WriteLine($"{finished.Summary.Method}: {finished.Summary.Networks[0].Last.Test.Top1:P1} of the test images");
}
