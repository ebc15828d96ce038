namespace CxrOnnx.Exporter.Graph;

/// <summary>
/// How a graph says what the layers describe: the layout of feature maps, the element type of the computation, and the operators whose
/// form depends on either. One description of a network gives graphs in every dialect.
/// </summary>
internal abstract class Dialect
{
    /// <summary>The dimension of a feature map that holds the channels.</summary>
    public abstract int ChannelAxis { get; }

    /// <summary>Element type of the computation as a manifest writes it: <c>float32</c> or <c>float16</c>.</summary>
    public abstract string DataType { get; }

    /// <summary>
    /// Whether a table of time shifts has the bias of each block's first convolution in it, which is then not added by the convolution.
    /// </summary>
    public abstract bool ShiftsHoldBias { get; }

    /// <summary>A weight in the element type of the computation.</summary>
    /// <param name="module">The module that holds it.</param>
    /// <param name="name">Its name there.</param>
    /// <param name="layout">How it is laid out.</param>
    public abstract Value Weight(Module module, string name, WeightLayout layout = WeightLayout.AsIs);

    /// <summary>From float32 [B, C, H, W], as graphs have it at their border, to the dialect's layout and type.</summary>
    public abstract Value Enter(Module module, Value x);

    /// <summary>The way back of <see cref="Enter"/>.</summary>
    public abstract Value Leave(Module module, Value x);

    /// <summary>A value of the computation as float32.</summary>
    public abstract Value ToFloat32(Module module, Value x);

    /// <summary>A float32 value in the type of the computation.</summary>
    public abstract Value FromFloat32(Module module, Value x);

    /// <summary>A feature map that is there.</summary>
    public abstract FeatureMap Map(Value x);

    /// <summary>A convolution with bias.</summary>
    /// <param name="module">The module that holds <c>conv.weight</c> and <c>conv.bias</c>.</param>
    /// <param name="x">Feature map.</param>
    /// <param name="form">Its geometry.</param>
    public abstract Value Convolution(Module module, Value x, ConvolutionForm form);

    /// <summary>The convolution in the middle of a residual block, and what the time step adds to each channel.</summary>
    /// <param name="block">The residual block.</param>
    /// <param name="module">The convolution's module.</param>
    /// <param name="x">Feature map.</param>
    /// <param name="shift">Of the form that the dialect's <c>TimeShifts</c> give; null: no time step.</param>
    public abstract FeatureMap ShiftedConvolution(Module block, Module module, Value x, Value? shift);

    /// <summary>The convolution at the end of a residual block, plus the block's shortcut.</summary>
    /// <param name="block">The residual block.</param>
    /// <param name="module">The convolution's module.</param>
    /// <param name="x">Feature map.</param>
    /// <param name="shortcut">Adds the shortcut to the graph.</param>
    public abstract FeatureMap Residual(Module block, Module module, Value x, Func<Value> shortcut);

    /// <summary>The 1x1 convolution into a transformer: feature map -> tokens [B, h w, C].</summary>
    /// <param name="transformer">The transformer.</param>
    /// <param name="module">The convolution's module.</param>
    /// <param name="x">Feature map.</param>
    /// <param name="channels">C.</param>
    public abstract Value ToTokens(Module transformer, Module module, Value x, int channels);

    /// <summary>The 1x1 convolution out of a transformer, plus what went in: tokens [B, h w, C] -> feature map.</summary>
    /// <param name="transformer">The transformer.</param>
    /// <param name="module">The convolution's module.</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="x">The feature map that went in.</param>
    public abstract FeatureMap FromTokens(Module transformer, Module module, Value tokens, Value x);

    /// <summary>Every cell becomes 2x2 equal cells.</summary>
    public abstract Value Enlarge(Module module, Value x);

    /// <summary>Keys in the form that <see cref="Scores"/> takes.</summary>
    /// <param name="module">Names the nodes.</param>
    /// <param name="keys">[B, S, D], or [B, S, heads, D] with several heads.</param>
    /// <param name="severalHeads">Whether there is a dimension of heads.</param>
    public abstract Value Keys(Module module, Value keys, bool severalHeads);

    /// <summary>Scores of attention: scale q k^T.</summary>
    /// <param name="module">Names the nodes.</param>
    /// <param name="queries">[B, Q, D], or [B, heads, Q, D].</param>
    /// <param name="keys">Of <see cref="Keys"/>.</param>
    /// <param name="scale">Factor.</param>
    public abstract Value Scores(Module module, Value queries, Value keys, float scale);

    /// <summary>Softmax over the last dimension.</summary>
    /// <param name="module">Names the nodes.</param>
    /// <param name="scores">Scores in the type of the computation.</param>
    /// <param name="wanted">Whether the probabilities are an output of the graph: those are float32 in every dialect.</param>
    /// <returns>The probabilities for the sum over values, and those to be given out.</returns>
    public abstract (Value ForValues, Value Given) Softmax(Module module, Value scores, bool wanted);

    /// <summary>GELU by the error function.</summary>
    public abstract Value Gelu(Module module, Value x);
}
