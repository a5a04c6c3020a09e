using static TorchSharp.torch;

namespace Pupil.Networks;

/// <summary>
/// The output of a stage for a batch: a map N×C×H×W of a convolutional network, or tokens N×T×D of a transformer. Methods read both by the
/// same members.
/// </summary>
public sealed record Feature
{
    private readonly Tensor _value;
    private readonly TokenGrid? _grid;

    private Feature(string name, Tensor value, TokenGrid? grid) => (Name, _value, _grid) = (name, value, grid);

    /// <summary>The stage's name, <c>stage1</c>, <c>stage2</c> … from the input on.</summary>
    public string Name { get; }

    /// <summary>
    /// N×C×H×W. Of tokens: the patch tokens on their grid, with C = D, without class and register tokens. A view where the memory layout
    /// allows it, with gradient.
    /// </summary>
    public Tensor Map => _grid is { } grid
        ? _value.narrow(1, grid.Leading, (long)grid.Rows * grid.Columns).transpose(1, 2).unflatten(2, grid.Rows, grid.Columns)
        : _value;

    /// <summary>N×T×D. Of a map: its pixels, row by row, with D = C.</summary>
    public Tensor Tokens => _grid is null ? _value.flatten(2).transpose(1, 2) : _value;

    /// <summary>N×D, the first token; null of a map, and of tokens without one.</summary>
    public Tensor? ClassToken => _grid is { Leading: > 0 } ? _value.select(1, 0) : null;

    /// <summary>N×C, the mean over pixels or patch tokens.</summary>
    public Tensor Pooled => Map.mean([2, 3]);

    /// <summary>
    /// The input of the stage's last ReLU, N×C×H×W like <see cref="Map"/>, part of the same graph. It is null unless
    /// <see cref="ConvolutionalNetwork.ShowsPreActivations"/> is set. For a stage that ends without ReLU it is the map itself, the same
    /// tensor.
    /// </summary>
    public Tensor? PreActivation { get; init; }

    /// <summary>A feature of a convolutional network.</summary>
    /// <param name="name">The stage's name.</param>
    /// <param name="map">N×C×H×W.</param>
    public static Feature OfMap(string name, Tensor map) => new(name, map, null);

    /// <summary>A feature of a transformer.</summary>
    /// <param name="name">The stage's name.</param>
    /// <param name="tokens">N×T×D.</param>
    /// <param name="grid">The position of the patch tokens among the T and on the image.</param>
    /// <exception cref="ArgumentException">T is not the number of tokens that the grid describes.</exception>
    public static Feature OfTokens(string name, Tensor tokens, TokenGrid grid) => tokens.dim() == 3 && tokens.shape[1] == grid.Tokens
        ? new(name, tokens, grid)
        : throw new ArgumentException(
            $"{name}: tokens of shape [{string.Join(", ", tokens.shape)}], expected N×{grid.Tokens}×D.", nameof(tokens));

    /// <summary>Whether the tensor has been disposed of.</summary>
    internal bool IsGone => _value.IsInvalid;

    /// <summary>The tensors; the pre-activation may be the value itself.</summary>
    internal IEnumerable<Tensor> Tensors => PreActivation is null ? [_value] : [_value, PreActivation];

    /// <summary>Returns the same stage with changed tensors.</summary>
    /// <param name="change">Computes a tensor from the feature's value.</param>
    /// <param name="changeBefore">Computes a tensor from its pre-activation, if that is not the value itself.</param>
    internal Feature With(Func<Tensor, Tensor> change, Func<Tensor, Tensor> changeBefore)
    {
        var value = change(_value);
        return new(Name, value, _grid)
        {
            PreActivation = PreActivation is null ? null : ReferenceEquals(PreActivation, _value) ? value : changeBefore(PreActivation),
        };
    }

    /// <summary>Moves the tensors to the dispose scope outside the current one.</summary>
    internal void MoveToOuterDisposeScope()
    {
        _value.MoveToOuterDisposeScope();
        // Moving the same tensor twice would move it out of that scope, too.
        if (!ReferenceEquals(PreActivation, _value))
            PreActivation?.MoveToOuterDisposeScope();
    }
}

/// <summary>The grid of image patches that tokens belong to.</summary>
/// <param name="Rows">Rows of patches, from the top of the image.</param>
/// <param name="Columns">Columns of patches, from the left.</param>
/// <param name="Leading">Tokens before the patch tokens: a class token, then register tokens.</param>
public readonly record struct TokenGrid(int Rows, int Columns, int Leading)
{
    /// <summary>T, the number of all tokens.</summary>
    public int Tokens => Leading + Rows * Columns;
}
