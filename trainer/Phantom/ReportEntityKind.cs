namespace CxrOnnx.Phantom;

/// <summary>What a stretch of a synthetic report stands for, by RadGraph's labels.</summary>
public enum ReportEntityKind
{
    /// <summary>Words that name a place ("Anatomy::definitely present").</summary>
    Anatomy,

    /// <summary>A finding that is there.</summary>
    Present,

    /// <summary>A finding that the report hedges.</summary>
    Uncertain,

    /// <summary>A finding that is denied or gone.</summary>
    Absent,
}
