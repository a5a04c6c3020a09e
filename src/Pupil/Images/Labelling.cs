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

/// <summary>The words for a number of labels in messages.</summary>
internal static class LabellingWords
{
    /// <summary>Returns <c>one label</c> or <c>several labels</c>.</summary>
    public static string InWords(this Labelling labelling) => labelling == Labelling.One ? "one label" : "several labels";
}
