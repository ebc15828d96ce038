using System.Globalization;
using System.Text;
using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Core.Configuration;

/// <summary>
/// Model configurations as YAML, with the key names of MONAI and Hugging Face. Every key is required and no other is allowed; a wrong file
/// is refused with all its problems at once.
/// </summary>
public static class ModelConfigurationFile
{
    private const int MaxLength = 1 << 20;

    /// <summary>Reads and checks a file.</summary>
    /// <param name="path">The YAML file.</param>
    /// <exception cref="InputException">There is no such file or it cannot be read.</exception>
    /// <exception cref="ConfigurationException">Something in it is wrong; the message lists everything.</exception>
    public static ModelConfiguration Load(string path) => Parse(ReadText(path, "model configuration"), path);

    /// <summary>Parses and checks YAML text.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <exception cref="ConfigurationException">Something in it is wrong; the message lists everything.</exception>
    public static ModelConfiguration Parse(string yaml, string source)
    {
        List<string> problems = [];
        YamlSection? root = YamlSection.Parse(yaml, problems);
        if (root is null)
        {
            throw new ConfigurationException(source, problems);
        }

        ModelConfiguration configuration = Read(root);
        root.ReportUnknownKeys();

        // A value that could not be read is 0 or empty here: what it has to agree with is only looked at once everything could be read.
        if (problems.Count == 0)
        {
            problems.AddRange(ModelConfigurationRules.Problems(configuration));
        }

        return problems.Count == 0 ? configuration : throw new ConfigurationException(source, problems);
    }

    /// <summary>
    /// Writes a configuration as YAML that <see cref="Parse"/> reads back to the same values; numbers keep all their digits.
    /// </summary>
    public static string ToYaml(ModelConfiguration configuration)
    {
        StringBuilder text = new();
        (ImageConfiguration image, VaeConfiguration vae, UNetConfiguration unet) = (
            configuration.Image,
            configuration.Vae,
            configuration.UNet
        );
        (TextEncoderConfiguration encoder, SchedulerConfiguration scheduler) = (configuration.TextEncoder, configuration.Scheduler);
        GroundingConfiguration grounding = configuration.Grounding;
        Line($"name: {configuration.Name}");
        Line($"image: {{ size: {image.Size}, latent_scale: {Number(image.LatentScale)} }}");
        Line(
            $"vae: {{ in_channels: {vae.InChannels}, out_channels: {vae.OutChannels}, num_channels: {List(vae.NumChannels)}, "
                + $"latent_channels: {vae.LatentChannels}, num_res_blocks: {vae.NumResBlocks}, norm_num_groups: {vae.NormNumGroups} }}"
        );
        Line(
            $"unet: {{ in_channels: {unet.InChannels}, out_channels: {unet.OutChannels}, num_channels: {List(unet.NumChannels)}, "
                + $"num_res_blocks: {unet.NumResBlocks}, attention_levels: [{string.Join(", ", unet.AttentionLevels.Select(Boolean))}], "
                + $"num_head_channels: {List(unet.NumHeadChannels)}, cross_attention_dim: {unet.CrossAttentionDim}, "
                + $"transformer_num_layers: {unet.TransformerNumLayers}, norm_num_groups: {unet.NormNumGroups} }}"
        );
        Line(
            $"text_encoder: {{ vocab_size: {encoder.VocabSize}, hidden_size: {encoder.HiddenSize}, intermediate_size: "
                + $"{encoder.IntermediateSize}, "
                + $"num_hidden_layers: {encoder.NumHiddenLayers}, num_attention_heads: {encoder.NumAttentionHeads}, hidden_act: "
                + $"{encoder.HiddenAct}, "
                + $"max_position_embeddings: {encoder.MaxPositionEmbeddings} }}"
        );
        Line(
            $"scheduler: {{ num_train_timesteps: {scheduler.NumTrainTimesteps}, schedule: {scheduler.Schedule}, beta_start: "
                + $"{Number(scheduler.BetaStart)}, "
                + $"beta_end: {Number(scheduler.BetaEnd)}, prediction_type: {scheduler.PredictionType} }}"
        );
        Line(
            $"grounding: {{ num_inference_steps: {grounding.NumInferenceSteps}, step_range: {List(grounding.StepRange)}, "
                + $"layers: {List(grounding.Layers)}, otsu: {Boolean(grounding.Otsu)}, gaussian_sigma: {Number(grounding.GaussianSigma)} }}"
        );
        return text.ToString();

        void Line(string line) => text.Append(line).Append('\n');
        static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
        static string List(IReadOnlyList<int> numbers) => $"[{string.Join(", ", numbers)}]";
        static string Boolean(bool value) => value ? "true" : "false";
    }

    /// <summary>
    /// A configuration with another grounding, read from a file that holds the section <c>grounding</c> and nothing else.
    /// </summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="path">The YAML file.</param>
    /// <exception cref="InputException">There is no such file or it cannot be read.</exception>
    /// <exception cref="ConfigurationException">
    /// Something in it is wrong or does not fit the model; the message lists everything.
    /// </exception>
    public static ModelConfiguration WithGrounding(ModelConfiguration configuration, string path)
    {
        List<string> problems = [];
        if (YamlSection.Parse(ReadText(path, "grounding"), problems) is not { } root)
        {
            throw new ConfigurationException(path, problems);
        }

        ModelConfiguration changed = configuration with { Grounding = ReadGrounding(root.Section("grounding")) };
        root.ReportUnknownKeys();
        if (problems.Count == 0)
        {
            problems.AddRange(ModelConfigurationRules.Problems(changed));
        }

        return problems.Count == 0 ? changed : throw new ConfigurationException(path, problems);
    }

    /// <summary>Writes <see cref="ToYaml"/> to a file (temporary sibling, then rename).</summary>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public static void Save(string path, ModelConfiguration configuration) => AtomicFile.WriteText(path, ToYaml(configuration));

    private static string ReadText(string path, string what)
    {
        try
        {
            return new FileInfo(path) is { Exists: true, Length: > MaxLength } file
                ? throw new ConfigurationException(path, [$"has {file.Length} bytes, a {what} has at most {MaxLength}"])
                : File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{what} '{path}' cannot be read: {exception.Message}", exception);
        }
    }

    private static ModelConfiguration Read(YamlSection root) =>
        new()
        {
            Name = root.Text("name"),
            Image = ReadImage(root.Section("image")),
            Vae = ReadVae(root.Section("vae")),
            UNet = ReadUNet(root.Section("unet")),
            TextEncoder = ReadTextEncoder(root.Section("text_encoder")),
            Scheduler = ReadScheduler(root.Section("scheduler")),
            Grounding = ReadGrounding(root.Section("grounding")),
        };

    private static ImageConfiguration ReadImage(YamlSection section) =>
        new() { Size = section.Integer("size", 8, 8192), LatentScale = section.Number("latent_scale", 1e-6, 1e6) };

    private static VaeConfiguration ReadVae(YamlSection section) =>
        new()
        {
            InChannels = section.Integer("in_channels", 1, 1),
            OutChannels = section.Integer("out_channels", 1, 1),
            NumChannels = section.Integers("num_channels", 1, 8192),
            LatentChannels = section.Integer("latent_channels", 1, 1024),
            NumResBlocks = section.Integer("num_res_blocks", 1, 16),
            NormNumGroups = section.Integer("norm_num_groups", 1, 1024),
        };

    private static UNetConfiguration ReadUNet(YamlSection section) =>
        new()
        {
            InChannels = section.Integer("in_channels", 1, 1024),
            OutChannels = section.Integer("out_channels", 1, 1024),
            NumChannels = section.Integers("num_channels", 1, 8192),
            NumResBlocks = section.Integer("num_res_blocks", 1, 16),
            AttentionLevels = section.Booleans("attention_levels"),
            NumHeadChannels = section.Integers("num_head_channels", 0, 8192),
            CrossAttentionDim = section.Integer("cross_attention_dim", 1, 16384),
            TransformerNumLayers = section.Integer("transformer_num_layers", 1, 64),
            NormNumGroups = section.Integer("norm_num_groups", 1, 1024),
        };

    private static TextEncoderConfiguration ReadTextEncoder(YamlSection section) =>
        new()
        {
            VocabSize = section.Integer("vocab_size", 2, 10_000_000),
            HiddenSize = section.Integer("hidden_size", 1, 16384),
            IntermediateSize = section.Integer("intermediate_size", 1, 65536),
            NumHiddenLayers = section.Integer("num_hidden_layers", 1, 256),
            NumAttentionHeads = section.Integer("num_attention_heads", 1, 256),
            HiddenAct = section.OneOf("hidden_act", "gelu", "quick_gelu"),
            MaxPositionEmbeddings = section.Integer("max_position_embeddings", 3, 4096),
        };

    private static SchedulerConfiguration ReadScheduler(YamlSection section) =>
        new()
        {
            NumTrainTimesteps = section.Integer("num_train_timesteps", 1, 1_000_000),
            Schedule = section.OneOf("schedule", "scaled_linear_beta", "linear_beta"),
            BetaStart = section.Number("beta_start", 1e-12, 0.999999),
            BetaEnd = section.Number("beta_end", 1e-12, 0.999999),
            PredictionType = section.OneOf("prediction_type", "v_prediction", "epsilon"),
        };

    private static GroundingConfiguration ReadGrounding(YamlSection section) =>
        new()
        {
            NumInferenceSteps = section.Integer("num_inference_steps", 1, 1_000_000),
            StepRange = section.Integers("step_range", 0, 1_000_000),
            Layers = section.Integers("layers", 0, 1_000_000),
            Otsu = section.Boolean("otsu"),
            GaussianSigma = section.Number("gaussian_sigma", 0, 1000),
        };
}
