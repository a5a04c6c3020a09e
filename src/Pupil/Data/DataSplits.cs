namespace Pupil.Data;

/// <summary>
/// What a source gives: the images to train on and the images to test with, as published. The two have the same classes and
/// image size. The part held out to choose the best epoch is taken from <see cref="Train"/> by the recipe.
/// </summary>
/// <param name="Name">What people call the data set, for example <c>cifar10</c>.</param>
/// <param name="Train">The training split.</param>
/// <param name="Test">The test split, which never selects anything.</param>
public sealed record DataSplits(string Name, ImageSet Train, ImageSet Test);
