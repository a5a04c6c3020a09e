using System.ComponentModel;

namespace Pupil.Images;

/// <summary>The number of labels of each image of a set.</summary>
public enum Labelling
{
    /// <summary>One class for each image: the classes exclude one another.</summary>
    [Description("one label a picture")]
    One,

    /// <summary>A set of classes for each image, which may be empty: each class is present or absent by itself.</summary>
    [Description("several labels a picture")]
    Several,
}
