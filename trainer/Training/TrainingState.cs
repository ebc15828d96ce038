using System.Globalization;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Trainer.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Training;

/// <summary>Optimiser state on disk, so that a killed run continues on the same curve.</summary>
public static class TrainingState
{
    private const string Format = "cxronnx.training.v1";

    /// <summary>Writes the state (safetensors, atomically).</summary>
    /// <param name="path">File.</param>
    /// <param name="optimizer">Whose state.</param>
    /// <param name="parameters">The parameters it works on; their names and sizes are stored and compared on loading.</param>
    /// <param name="fingerprint">Settings that must be the same when the run continues.</param>
    /// <param name="notes">What else the run has to know when it continues; see <see cref="NoteOf"/>.</param>
    public static void Save(string path, AdamW optimizer, FlatParameters parameters, string fingerprint, string? notes = null) =>
        SafetensorsWriter.Write(
            path,
            [.. optimizer.State.Select(entry => StateDictLoader.Payload(entry.Key, entry.Value))],
            new Dictionary<string, string>
            {
                ["format"] = Format,
                ["step"] = optimizer.Step.ToString(CultureInfo.InvariantCulture),
                ["parameters"] = string.Join(';', parameters.Names),
                ["fingerprint"] = fingerprint,
                ["notes"] = notes ?? string.Empty,
            }
        );

    /// <summary>Continues from a stored state, if there is one.</summary>
    /// <param name="path">File.</param>
    /// <param name="optimizer">Receives the state.</param>
    /// <param name="parameters">The parameters it works on.</param>
    /// <param name="fingerprint">The present settings.</param>
    /// <returns>The number of steps already done; 0 when the file does not exist.</returns>
    /// <exception cref="ArtifactException">The state belongs to other parameters or other settings.</exception>
    public static long Load(string path, AdamW optimizer, FlatParameters parameters, string fingerprint)
    {
        if (!File.Exists(path))
        {
            return 0;
        }

        using SafetensorsFile file = SafetensorsFile.Open(path);
        if (file.Metadata.GetValueOrDefault("format") != Format)
        {
            throw new ArtifactException(
                $"{path}: format '{file.Metadata.GetValueOrDefault("format")}', wanted '{Format}'; delete the file to start again"
            );
        }

        if (file.Metadata["parameters"] != string.Join(';', parameters.Names))
        {
            throw new ArtifactException(
                $"{path}: belongs to a model with other parameters; delete the file or use another folder to start again"
            );
        }

        if (file.Metadata["fingerprint"] != fingerprint)
        {
            throw new ArtifactException(
                $"{path}: was made with other settings ({file.Metadata["fingerprint"]}), wanted ({fingerprint}); delete the file or use "
                    + $"another folder to start again"
            );
        }

        using DisposeScope scope = NewDisposeScope();
        long step = StepOf(file);
        optimizer.Restore(optimizer.State.ToDictionary(entry => entry.Key, entry => tensor(file.ReadFloat32(entry.Key))), step);
        return step;
    }

    /// <summary>The number of steps that a stored state stands for; 0 when the file does not exist.</summary>
    public static long StepOf(string path)
    {
        if (!File.Exists(path))
        {
            return 0;
        }

        using SafetensorsFile file = SafetensorsFile.Open(path);
        return StepOf(file);
    }

    /// <summary>The notes stored with a state; empty when there are none or the file does not exist.</summary>
    public static string NoteOf(string path)
    {
        if (!File.Exists(path))
        {
            return string.Empty;
        }

        using SafetensorsFile file = SafetensorsFile.Open(path);
        return file.Metadata.GetValueOrDefault("notes", string.Empty);
    }

    private static long StepOf(SafetensorsFile file) => long.Parse(file.Metadata["step"], CultureInfo.InvariantCulture);
}
