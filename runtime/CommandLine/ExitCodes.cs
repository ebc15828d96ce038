namespace CxrOnnx.CommandLine;

/// <summary>What the exit codes mean; scripts rely on them.</summary>
public static class ExitCodes
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>The check that was asked for failed (parity, replay, doctor, evaluation gate).</summary>
    public const int CheckFailed = 1;

    /// <summary>Wrong input: one line on stderr says what, where and what to do.</summary>
    public const int WrongInput = 2;

    /// <summary>Internal error.</summary>
    public const int InternalError = 3;

    /// <summary>Interrupted by the user (128 + SIGINT).</summary>
    public const int Interrupted = 130;
}
