using Pupil.Experiments.Exhibits;

namespace Pupil.Reporting.Page;

/// <summary>A list of test images with words below each.</summary>
internal static class PictureList
{
    /// <summary>Makes the list.</summary>
    /// <param name="exhibit">The exhibit that holds the images.</param>
    /// <param name="items">The images, each with the words below it.</param>
    /// <param name="showsPictures">Whether the images are shown, or the words alone.</param>
    public static Html Of(Exhibit exhibit, IEnumerable<(ExhibitPicture Picture, Html Words)> items, bool showsPictures) => Html.Format($"""
        <ul class="pictures">
        {items.Select(item => Item(exhibit, item.Picture, item.Words, showsPictures))}</ul>

        """);

    /// <summary>Words for a prediction: the class and its probability.</summary>
    /// <param name="exhibit">The exhibit.</param>
    /// <param name="network">The network that predicts.</param>
    /// <param name="picture">The image.</param>
    public static Html Prediction(Exhibit exhibit, string network, ExhibitPicture picture)
    {
        var answers = exhibit.Answers[network];
        string share = FormattableString.Invariant($"{100 * answers.Probabilities[picture.Index]:0} %");
        return Html.Format($"<strong>{exhibit.Names[answers.Classes[picture.Index]]}</strong>, {share}");
    }

    private static Html Item(Exhibit exhibit, ExhibitPicture picture, Html words, bool showsPictures)
    {
        var image = showsPictures
            ? Html.Format($"<img loading=\"lazy\" alt=\"\" src=\"{AttentionFigure.Data(HeatMap.Picture(exhibit, picture))}\">")
            : Html.Empty;
        return Html.Format($"""
            <li>{image}<span dir="auto">{words}<br>is {exhibit.Names[picture.Label]}</span></li>

            """);
    }
}
