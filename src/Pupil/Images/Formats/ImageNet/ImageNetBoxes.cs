using System.Xml;
using System.Xml.Linq;
using Pupil.Core;
using Pupil.Images.Formats.Trees;

namespace Pupil.Images.Formats.ImageNet;

/// <summary>Reads the boxes of a picture's objects: XML in the layout of PASCAL VOC.</summary>
internal static class ImageNetBoxes
{
    private const int LargestEdge = 1_000_000;

    /// <summary>Returns the largest box of the picture's class, or of all objects if none is of the class.</summary>
    /// <param name="place">The folder or archive, for messages.</param>
    /// <param name="file">The XML.</param>
    /// <param name="id">The picture's class, a WordNet number.</param>
    /// <exception cref="UserErrorException">The file is no such XML, or has no box.</exception>
    public static BoundingBox Read(string place, TreeFile file, string id)
    {
        XDocument document;
        try
        {
            var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null };
            using var reader = XmlReader.Create(new MemoryStream(file.Read()), settings);
            document = XDocument.Load(reader);
        }
        catch (XmlException error)
        {
            throw Wrong($"no XML ({error.Message.ReplaceLineEndings(" ")})");
        }
        var objects = document.Root?.Elements("object").Select(found => (Id: found.Element("name")?.Value.Trim(),
            Box: Box(found.Element("bndbox") ?? throw Wrong("an object without a box")))).ToList() ?? [];
        if (objects.Count == 0)
            throw Wrong("no object");
        return objects.OrderByDescending(found => found.Id == id).ThenByDescending(found => Area(found.Box)).First().Box;

        // The right and bottom edges in the file are inclusive.
        BoundingBox Box(XElement box)
        {
            var edges = new BoundingBox(Edge(box, "xmin"), Edge(box, "ymin"), Edge(box, "xmax") + 1, Edge(box, "ymax") + 1);
            return edges.Left < edges.Right && edges.Top < edges.Bottom ? edges : throw Wrong($"an empty box ({edges})");
        }

        int Edge(XElement box, string name) =>
            int.TryParse(box.Element(name)?.Value, out int edge) && edge is >= 0 and < LargestEdge ? edge
                : throw Wrong($"'{SafeTensorsHeader.Show(box.Element(name)?.Value ?? "")}' for {name}");

        UserErrorException Wrong(string found) => new($"{place}: {SafeTensorsHeader.Show(file.Name)}: found {found}, expected objects with "
            + "the four edges of their boxes; get the annotations again.");
    }

    private static long Area(BoundingBox box) => (long)(box.Right - box.Left) * (box.Bottom - box.Top);
}
