namespace CxrOnnx.Trainer.PromptTuning;

/// <summary>Watches a loss and says when it has stopped falling. Its whole state is the losses it was told, in order.</summary>
/// <param name="patience">Losses in a row that may fail to improve; 0: never stops.</param>
internal sealed class EarlyStopping(int patience)
{
    private int _waited;

    /// <summary>Step of the lowest loss; -1 before the first.</summary>
    public long BestStep { get; private set; } = -1;

    /// <summary>The lowest loss.</summary>
    public double Best { get; private set; } = double.PositiveInfinity;

    /// <summary>Whether it is time to stop.</summary>
    public bool ShouldStop => patience > 0 && _waited >= patience;

    /// <summary>Takes the loss measured after a step; of equal ones the first is the best.</summary>
    public void Add(long step, double loss)
    {
        _waited++;
        if (loss < Best)
        {
            (Best, BestStep, _waited) = (loss, step, 0);
        }
    }
}
