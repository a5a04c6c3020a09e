namespace Pupil.Experiments.Planning;

/// <summary>The size of the networks that are chosen from the data, and the time that is planned for them by default.</summary>
internal enum Quality
{
    /// <summary>The smallest networks; 3 minutes.</summary>
    Quick,

    /// <summary>Small networks; 10 minutes.</summary>
    Good,

    /// <summary>Larger networks; 60 minutes.</summary>
    Best,
}
