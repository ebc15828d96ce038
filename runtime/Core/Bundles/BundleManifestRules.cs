namespace CxrOnnx.Core.Bundles;

/// <summary>What the parts of a manifest have to do with each other.</summary>
internal static class BundleManifestRules
{
    private static readonly string[] Precisions = ["fp32", "fp16", "int8"];
    private static readonly string[] VocabularyKinds = ["closed", "open", "none"];

    /// <summary>Every problem, each as one sentence that begins with the field.</summary>
    public static IEnumerable<string> Problems(BundleManifest manifest) =>
        [.. Values(manifest), .. Steps(manifest), .. Files(manifest), .. GraphSetRules.Problems(manifest)];

    private static IEnumerable<string> Values(BundleManifest manifest)
    {
        if (!Precisions.Contains(manifest.Precision))
        {
            yield return $"precision: is '{manifest.Precision}', {string.Join(", ", Precisions)} are known";
        }

        if (!VocabularyKinds.Contains(manifest.Vocabulary.Kind))
        {
            yield return $"vocabulary.kind: is '{manifest.Vocabulary.Kind}', {string.Join(", ", VocabularyKinds)} are known";
        }

        if (manifest.Preprocessing.Size != manifest.Model.Image.Size)
        {
            yield return $"preprocessing.size: is {manifest.Preprocessing.Size}, model.image.size {manifest.Model.Image.Size}";
        }
    }

    private static IEnumerable<string> Steps(BundleManifest manifest)
    {
        int steps = manifest.Schedule.Timesteps.Count;
        if (steps == 0 || manifest.Schedule.AlphasCumprod.Count != steps)
        {
            yield return $"schedule: has {steps} timesteps and {manifest.Schedule.AlphasCumprod.Count} alphas_cumprod";
        }

        for (int i = 0; i < steps; i++)
        {
            int timestep = manifest.Schedule.Timesteps[i];
            if (
                timestep < 0
                || timestep >= manifest.Model.Scheduler.NumTrainTimesteps
                || (i > 0 && timestep <= manifest.Schedule.Timesteps[i - 1])
            )
            {
                yield return $"schedule.timesteps[{i}]: {timestep} is not ascending below {manifest.Model.Scheduler.NumTrainTimesteps}";
                break;
            }
        }

        if (!manifest.Presets.ContainsKey("exact"))
        {
            yield return "presets: 'exact' is missing";
        }

        foreach ((string name, BundlePreset preset) in manifest.Presets)
        {
            if (
                preset.StepRange.Count != 2
                || preset.StepRange[0] < 0
                || preset.StepRange[0] >= preset.StepRange[1]
                || preset.StepRange[1] > steps
                || preset.StepStride < 1
            )
            {
                yield return $"presets.{name}: step_range [{string.Join(", ", preset.StepRange)}] with step_stride {preset.StepStride} "
                    + $"is empty or leaves the {steps} steps";
                continue;
            }

            if (TrajectoryProblem(preset) is { } problem)
            {
                yield return $"presets.{name}: {problem}";
            }

            foreach (string wrong in preset.Evidence?.Problems() ?? [])
            {
                yield return $"presets.{name}.{wrong}";
            }

            if (preset.Evidence?.Timesteps.FirstOrDefault(step => step >= manifest.Model.Scheduler.NumTrainTimesteps) is > 0 and var late)
            {
                yield return $"presets.{name}.evidence.timesteps: {late} is not below {manifest.Model.Scheduler.NumTrainTimesteps}";
            }
        }
    }

    /// <summary>
    /// What a trajectory needs it must have, and nothing else; whether so many evaluations can be placed is the solver's matter.
    /// </summary>
    private static string? TrajectoryProblem(BundlePreset preset)
    {
        bool solver = BundleTrajectory.FormOf(preset.Trajectory) is not null;
        bool noising = preset.Trajectory == BundleTrajectory.Noising;
        return preset switch
        {
            _ when !BundleTrajectory.Names.Contains(preset.Trajectory) =>
                $"trajectory '{Printable(preset.Trajectory)}', {string.Join(", ", BundleTrajectory.Names)} are known",
            _ when solver && preset.Evaluations is not >= 1 => $"trajectory {preset.Trajectory} needs evaluations of at least 1",
            _ when !solver && preset.Evaluations is not null => $"trajectory {preset.Trajectory} takes no evaluations",
            _ when noising && preset.Seed is null => $"trajectory {preset.Trajectory} needs a seed",
            _ when !noising && preset.Seed is not null => $"trajectory {preset.Trajectory} takes no seed",
            _ => null,
        };
    }

    private static IEnumerable<string> Files(BundleManifest manifest)
    {
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (BundleFile file in manifest.Files)
        {
            if (BundlePath.Problem(file.Path) is { } problem)
            {
                yield return $"files: path '{Printable(file.Path)}' {problem}";
            }
            else if (file.Path == BundleManifestFile.FileName || !names.Add(file.Path))
            {
                yield return $"files: '{file.Path}' is listed twice or is the manifest itself";
            }

            if (file.Size < 0 || file.Sha256.Length != 64 || !file.Sha256.All(char.IsAsciiHexDigitLower))
            {
                yield return $"files: '{Printable(file.Path)}' has size {file.Size} and SHA-256 '{Printable(file.Sha256)}', which "
                    + $"cannot be";
            }
        }

        foreach ((string name, BundleGraph graph) in manifest.Graphs)
        {
            if (!names.Contains(graph.File))
            {
                yield return $"graphs.{name}: its file '{Printable(graph.File)}' is not among the bundle's files";
            }
        }

        if (manifest.Id != BundleManifestFile.IdOf(manifest.Files))
        {
            yield return $"id: is '{Printable(manifest.Id)}', the files give '{BundleManifestFile.IdOf(manifest.Files)}'";
        }
    }

    private static string Printable(string text) => new([.. text.Take(200).Select(letter => char.IsControl(letter) ? '?' : letter)]);
}
