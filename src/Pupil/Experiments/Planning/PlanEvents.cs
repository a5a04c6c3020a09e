using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;

namespace Pupil.Experiments.Planning;

/// <summary>A setting is chosen.</summary>
/// <param name="Choice">The choice.</param>
internal sealed record ChoiceMade(Choice Choice) : RunEvent;

/// <summary>A short training on a part of the training images starts, whose result decides a setting.</summary>
/// <param name="Side">Height and width of its network input, in pixels.</param>
/// <param name="Seconds">Its planned time.</param>
internal sealed record TrialStarted(int Side, double Seconds) : RunEvent;

/// <summary>Choosing was stopped on request; nothing was written.</summary>
internal sealed record PlanStopped : RunEvent;

/// <summary>The recipe is chosen.</summary>
/// <param name="Plan">The recipe with its reasons.</param>
internal sealed record PlanReady(Plan Plan) : RunEvent;
