using Pupil.Images;
using Pupil.Images.Transforms;
using Pupil.Images.Transforms.PixelOperations;

namespace Pupil.Tests.Images.Transforms;

/// <summary>Tests the order of an image's changes, and that nothing else influences them.</summary>
public sealed class ImagePreparationTests
{
    private static readonly Augmentation Everything = new()
    {
        Pad = 0,
        RandomResizedCrop = new(),
        Policy = new RandAugment(),
        ColourJitter = new() { Brightness = 0.4, Contrast = 0.4, Saturation = 0.4, Hue = 0.1 },
        Cutout = new() { Size = 4, Count = 2 },
    };

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Crop_and_flip_come_first_then_the_policy_then_colours_then_cutout(int channels)
    {
        var set = TinyImages.Numbered(30, 14, 13, channels);
        var geometry = new Augmentation { Pad = 0, RandomResizedCrop = new() };
        var normalization = Statistics(channels);
        float[] table = normalization.Table();
        for (int index = 0; index < 30; index++)
        {
            // The bytes after the geometry, from a preparation without other changes and without normalisation.
            var none = new Normalization { Mean = new double[channels], Deviation = [.. Enumerable.Repeat(1.0, channels)] };
            float[] moved = Prepare(set, none, geometry, index);
            byte[] pixels = [.. moved.Select(value => (byte)MathF.Round(value * 255))];
            var raster = new Raster(pixels, new byte[pixels.Length], 12, 12, channels);
            Everything.Policy!.Apply(raster, 6, 2, index, (raster.Height, raster.Width));
            Everything.ColourJitter!.Apply(raster, 6, 2, index);
            float[] expected = [.. pixels.Select((value, i) => table[(i % channels << 8) | value])];
            foreach (var square in Everything.Cutout!.Draw(6, 2, index, 12, 12))
            {
                for (int i = 0; i < expected.Length; i++)
                    expected[i] = square.Contains(i / channels % 12, i / channels / 12) ? 0 : expected[i];
            }
            Assert.Equal(expected, Prepare(set, normalization, Everything, index));
        }
    }

    [Fact]
    public void Buffers_carry_nothing_from_one_image_to_the_next()
    {
        var set = TinyImages.Numbered(20, 14, 13);
        var preparation = Preparation(set, Statistics(3), Everything with { Border = Border.Zero });
        var used = preparation.CreateBuffers();
        foreach (int index in Enumerable.Range(0, 20).Concat(Enumerable.Range(0, 20).Reverse()))
        {
            float[] expected = new float[preparation.Numbers], found = new float[preparation.Numbers];
            preparation.Write(3, index, expected, preparation.CreateBuffers());
            preparation.Write(3, index, found, used);
            Assert.Equal(expected, found);
        }
    }

    [Fact]
    public void Without_a_seed_nothing_is_changed()
    {
        var set = TinyImages.Numbered(3, 14, 13);
        var plain = new ImagePreparation(set, Statistics(3), new() { Size = 12 }, Augmentation.None, null);
        var unused = new ImagePreparation(set, Statistics(3), new() { Size = 12 }, Everything, null);
        float[] expected = new float[plain.Numbers], found = new float[plain.Numbers];
        plain.Write(1, 2, expected, plain.CreateBuffers());
        unused.Write(1, 2, found, unused.CreateBuffers());
        Assert.Equal(expected, found);
    }

    private static Normalization Statistics(int channels) => new()
    {
        Mean = [.. Enumerable.Range(0, channels).Select(i => 0.4 + 0.1 * i)],
        Deviation = [.. Enumerable.Range(0, channels).Select(i => 0.3 - 0.05 * i)],
    };

    private static ImagePreparation Preparation(ImageSet set, Normalization normalization, Augmentation augmentation) =>
        new(set, normalization, new() { Size = 12 }, augmentation, seed: 6);

    private static float[] Prepare(ImageSet set, Normalization normalization, Augmentation augmentation, int index)
    {
        var preparation = Preparation(set, normalization, augmentation);
        var target = new float[preparation.Numbers];
        preparation.Write(2, index, target, preparation.CreateBuffers());
        return target;
    }
}
