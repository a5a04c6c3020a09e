using Pupil.Cli.Download;

namespace Pupil.Tests.Cli.Download;

public sealed class KnownDataSetsTests
{
    [Fact]
    public void Every_set_can_be_found_and_has_what_it_needs()
    {
        Assert.Equal(["cifar10", "cifar100", "svhn", "svhn-extra", "tiny-imagenet", "mnist", "fashion-mnist"],
            KnownDataSets.All.Select(set => set.Name));
        Assert.All(KnownDataSets.All, set =>
        {
            Assert.Same(set, KnownDataSets.Find(set.Name));
            Assert.NotEmpty(set.Files);
            Assert.Equal(set.Files.Count, set.Files.Select(file => file.Path).Distinct().Count());
            Assert.All(set.Files, file => Assert.Equal(file.Name, file.Address.Segments[^1]));
        });
        // A file is the same in every set that has it; different files have different checksums.
        Assert.All(KnownDataSets.All.SelectMany(set => set.Files).GroupBy(file => file.Checksum), same => Assert.Single(same.Distinct()));
    }

    [Fact]
    public void Files_go_to_a_folder_of_their_set_where_their_names_do_not_tell_it()
    {
        var paths = KnownDataSets.All.SelectMany(set => set.Files).Select(file => file.Path).Distinct().ToList();
        Assert.Contains("cifar-10-binary.tar.gz", paths);
        Assert.Contains("svhn/train_32x32.mat", paths);
        Assert.Contains("fashion-mnist/t10k-labels-idx1-ubyte.gz", paths);
        Assert.Equal(Path.Combine("data", "svhn", "extra_32x32.mat"), KnownDataSets.Find("svhn-extra").Files[2].In("data"));
        Assert.Equal(170_052_171, KnownDataSets.Find("cifar10").Bytes);
        Assert.Equal(9_912_422 + 28_881 + 1_648_877 + 4_542, KnownDataSets.Find("mnist").Bytes);
    }

    [Theory]
    [InlineData("cifra10", "Did you mean 'cifar10'")]
    [InlineData("CIFAR-100", "Did you mean 'cifar100'")]
    [InlineData("fashionmnist", "Did you mean 'fashion-mnist'")]
    [InlineData("imagenet", "expected one of cifar10")]
    [InlineData("", "tiny-imagenet")]
    public void An_unknown_name_gets_the_known_ones_and_the_nearest(string name, string message) =>
        Assert.Contains(message, Assert.Throws<UserErrorException>(() => KnownDataSets.Find(name)).Message);

    [Fact]
    public void A_checksum_has_as_many_digits_as_it_should()
    {
        Assert.Throws<ArgumentException>(() => Checksum.Md5(new string('a', 31)));
        Assert.Throws<ArgumentException>(() => Checksum.Sha256(new string('g', 64)));
        Assert.Equal(Checksum.Md5(new string('A', 32)), Checksum.Md5(new string('a', 32)));
        Assert.NotEqual(Checksum.Md5(new string('b', 32)), Checksum.Md5(new string('a', 32)));
    }
}
