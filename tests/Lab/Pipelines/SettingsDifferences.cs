using System.Collections;
using System.Reflection;
using CxrOnnx.Trainer.Settings;

namespace CxrOnnx.Lab.Tests.Pipelines;

/// <summary>What two settings files say differently.</summary>
internal static class SettingsDifferences
{
    /// <summary>Names of the properties with other values; lists are compared element by element.</summary>
    public static IEnumerable<string> Of<T>(T one, T other, params string[] except) =>
        typeof(T)
            .GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.CanWrite && !except.Contains(property.Name))
            .Where(property => Text(property.GetValue(one)) != Text(property.GetValue(other)))
            .Select(property => property.Name);

    /// <summary>The same of prompt tuning, its loss and its learning rate taken apart.</summary>
    public static string[] OfTuning(PromptTuningSettings one, PromptTuningSettings other) =>
        [
            .. Of(one, other, nameof(PromptTuningSettings.Loss), nameof(PromptTuningSettings.LearningRate)),
            .. Of(one.Loss, other.Loss),
            .. Of(one.LearningRate, other.LearningRate),
        ];

    private static string Text(object? value) =>
        value is IEnumerable and not string ? string.Join(',', ((IEnumerable)value).Cast<object>()) : value?.ToString() ?? "";
}
