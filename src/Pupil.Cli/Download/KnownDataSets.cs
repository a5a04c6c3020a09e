using Pupil.Settings;

namespace Pupil.Cli.Download;

/// <summary>
/// The list of data sets that can be downloaded by name. Checksums are published by the authors or, if they publish none, taken from
/// torchvision's data sets. Sizes in bytes are those of TensorFlow Datasets' list of checksums; Tiny ImageNet's is its server's.
/// </summary>
internal static class KnownDataSets
{
    private const string CifarAddress = "https://www.cs.toronto.edu/~kriz/";
    private const string CifarTerms =
        "No licence is stated; the authors ask to cite: A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009.";

    private const string SvhnAddress = "http://ufldl.stanford.edu/housenumbers/";
    private const string SvhnTerms =
        "For non-commercial use only; cite: Y. Netzer et al., Reading Digits in Natural Images with Unsupervised Feature Learning, 2011.";

    private static readonly string[] IdxNames =
        ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"];

    private static readonly KnownFile[] SvhnFiles =
    [
        File("svhn/train_32x32.mat", SvhnAddress, "e26dedcc434d2e4c54c9b2d4a06d8373", 182_040_794),
        File("svhn/test_32x32.mat", SvhnAddress, "eb5a983be6a315427106f1b164d9cef3", 64_275_384),
    ];

    /// <summary>All known data sets.</summary>
    public static IReadOnlyList<KnownDataSet> All { get; } =
    [
        new()
        {
            Name = "cifar10",
            About = "60,000 colour images of 32×32 pixels in 10 classes: animals and vehicles",
            Page = new("https://www.cs.toronto.edu/~kriz/cifar.html"),
            Terms = CifarTerms,
            Files = [File("cifar-10-binary.tar.gz", CifarAddress, "c32a1d4ab5d03f1284b67883e8d87530", 170_052_171)],
        },
        new()
        {
            Name = "cifar100",
            About = "60,000 colour images of 32×32 pixels in 100 classes",
            Page = new("https://www.cs.toronto.edu/~kriz/cifar.html"),
            Terms = CifarTerms,
            Files = [File("cifar-100-binary.tar.gz", CifarAddress, "03b5dce01913d631647c71ecec9e9cb8", 168_513_733)],
        },
        new()
        {
            Name = "svhn",
            About = "99,289 colour images of 32×32 pixels: digits of house numbers",
            Page = new(SvhnAddress),
            Terms = SvhnTerms,
            Files = SvhnFiles,
        },
        new()
        {
            Name = "svhn-extra",
            About = "svhn and 531,131 easier training images",
            Page = new(SvhnAddress),
            Terms = SvhnTerms,
            Files = [.. SvhnFiles, File("svhn/extra_32x32.mat", SvhnAddress, "a93ce644f1a588dc4d68dda5feec44a7", 1_329_278_602)],
        },
        new()
        {
            Name = "tiny-imagenet",
            About = "110,000 labelled colour images of 64×64 pixels in 200 classes, and 10,000 without labels",
            Page = new("http://cs231n.stanford.edu/"),
            Terms = "Images of ImageNet, whose terms allow non-commercial research and education; made for Stanford's course CS231n.",
            Files = [File("tiny-imagenet-200.zip", "http://cs231n.stanford.edu/", "90528d7ca1a48142e341f4ef8d21d0de", 248_100_043)],
        },
        new()
        {
            Name = "mnist",
            About = "70,000 grey images of 28×28 pixels: handwritten digits",
            Page = new("http://yann.lecun.com/exdb/mnist/"),
            Terms = "CC BY-SA 3.0; cite: Y. LeCun et al., Gradient-Based Learning Applied to Document Recognition, 1998.",
            // The page itself does not always serve the files; this is torchvision's fallback mirror.
            Files = Idx("mnist", "https://ossci-datasets.s3.amazonaws.com/mnist/",
                ("f68b3c2dcbeaaa9fbdd348bbdeb94873", 9_912_422), ("d53e105ee54ea40749a09fcbcd1e9432", 28_881),
                ("9fb629c4189551a2d022fa330f9573f3", 1_648_877), ("ec29112dd5afa0611ce80d1b7f02629c", 4_542)),
        },
        new()
        {
            Name = "fashion-mnist",
            About = "70,000 grey images of 28×28 pixels in 10 classes: clothes and shoes",
            Page = new("https://github.com/zalandoresearch/fashion-mnist"),
            Terms = "MIT, copyright Zalando SE; cite: H. Xiao, K. Rasul, R. Vollgraf, Fashion-MNIST, arXiv 1708.07747.",
            Files = Idx("fashion-mnist", "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
                ("8d4fb7e6c68d591d4c3dfef9ec88bf0d", 26_421_880), ("25c81989df183df01b3e8a0aad5dffbe", 29_515),
                ("bef4ecab320f06d8554ea6380940ec79", 4_422_102), ("bb300cfdad3c16e7a12a480ee83cd310", 5_148)),
        },
    ];

    /// <summary>Finds a data set by its name.</summary>
    /// <param name="name">The exact name.</param>
    /// <exception cref="UserErrorException">The name is unknown; the message lists all names, and the nearest.</exception>
    public static KnownDataSet Find(string name)
    {
        if (All.FirstOrDefault(set => set.Name == name) is { } found)
            return found;
        var names = All.Select(set => set.Name).ToList();
        throw new UserErrorException($"{name}: no data set of that name is known; expected one of {string.Join(", ", names)}."
            + NearestName.Hint(name, names));
    }

    private static KnownFile[] Idx(string folder, string address, params (string Md5, long Bytes)[] files) =>
        [.. IdxNames.Zip(files, (name, file) => File($"{folder}/{name}", address, file.Md5, file.Bytes))];

    private static KnownFile File(string path, string address, string md5, long bytes) => new()
    {
        Path = path,
        Address = new Uri(address + path[(path.LastIndexOf('/') + 1)..]),
        Checksum = Checksum.Md5(md5),
        Bytes = bytes,
    };
}
