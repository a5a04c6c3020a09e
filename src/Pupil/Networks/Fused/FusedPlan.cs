using Pupil.Networks.Fused.Arithmetic;
using TorchSharp.Modules;

namespace Pupil.Networks.Fused;

/// <summary>The steps of a fused network and what they read and write.</summary>
internal sealed class FusedPlan
{
    private readonly List<FusedStep> _steps = [];
    private readonly List<FusedMap> _maps = [];
    private readonly List<FusedNorm> _norms = [];
    private readonly List<MapView> _views = [];

    /// <summary>Begins with the images.</summary>
    /// <param name="input">The size of an image.</param>
    public FusedPlan(MapSize input) => Input = NewMap(input);

    /// <summary>The images.</summary>
    public FusedMap Input { get; }

    /// <summary>The maps of the stages, from the input on.</summary>
    public IReadOnlyList<FusedMap> Stages { get; private set; } = [];

    /// <summary>The embedding, a map of one pixel; null without one.</summary>
    public FusedMap? Embedding { get; set; }

    /// <summary>The steps in the order of computation.</summary>
    public IReadOnlyList<FusedStep> Steps => _steps;

    /// <summary>All maps.</summary>
    public IReadOnlyList<FusedMap> Maps => _maps;

    /// <summary>All batch-norms.</summary>
    public IReadOnlyList<FusedNorm> Norms => _norms;

    /// <summary>All ways of reading maps.</summary>
    public IReadOnlyList<MapView> Views => _views;

    /// <summary>The numbers of an image in every slot, see <see cref="FusedMap.Slot"/>.</summary>
    public IReadOnlyList<long> Slots { get; private set; } = [];

    /// <summary>Whether each batch-norm is read in one way: the sums of its gradient are those of one.</summary>
    public bool IsClear => _views.Where(view => view is { Readers: > 0, Norm: not null }).GroupBy(view => view.Norm)
        .All(views => views.Count() == 1);

    /// <summary>Makes a map.</summary>
    public FusedMap NewMap(MapSize size)
    {
        var map = new FusedMap(_maps.Count, size);
        _maps.Add(map);
        ViewOf(map);
        return map;
    }

    /// <summary>Adds a step.</summary>
    /// <returns>The view of its output.</returns>
    public MapView Append(FusedStep step)
    {
        _steps.Add(step);
        return ViewOf(step.Output);
    }

    /// <summary>Returns the batch-norm of a map.</summary>
    public FusedNorm NormOf(FusedMap map, BatchNorm2d module)
    {
        if (map.Norms.Find(norm => norm.Module == module) is { } known)
            return known;
        var norm = new FusedNorm(_norms.Count, map, module);
        _norms.Add(norm);
        map.Norms.Add(norm);
        return norm;
    }

    /// <summary>Returns a way of reading a map.</summary>
    public MapView ViewOf(FusedMap map, FusedNorm? norm = null, bool isRectified = false)
    {
        if (map.Views.Find(view => view.Norm == norm && view.IsRectified == isRectified) is { } known)
            return known;
        var view = new MapView(_views.Count, map, norm, isRectified);
        _views.Add(view);
        map.Views.Add(view);
        return view;
    }

    /// <summary>Ends the plan: names the stages, and lets maps share memory in evaluation.</summary>
    public void End(IReadOnlyList<FusedMap> stages)
    {
        Stages = stages;
        foreach (var map in stages.Append(Embedding!))
            map.IsOutput = true;
        var lastReads = new Dictionary<FusedMap, int>();
        foreach (var step in _steps)
        {
            foreach (var map in step.Reads)
                lastReads[map] = step.Index;
        }
        var (numbers, free) = (new List<long>(), new Stack<int>());
        foreach (var step in _steps)
        {
            if (!free.TryPop(out int slot))
            {
                slot = numbers.Count;
                numbers.Add(0);
            }
            step.Output.Slot = slot;
            numbers[slot] = Math.Max(numbers[slot], step.Output.Numbers);
            foreach (var map in step.Reads.Distinct().Where(map => map != Input && lastReads[map] == step.Index))
                free.Push(map.Slot);
        }
        Slots = numbers;
    }
}
