using System.CommandLine;
using System.Diagnostics;
using CxrOnnx.Workflows;
using Spectre.Console;

namespace CxrOnnx.CommandLine;

/// <summary>
/// Where a command writes. With <c>--json</c> stdout carries one document and everything else goes to stderr; tables have borders and
/// colours on a terminal (unless NO_COLOR is set) and are plain columns elsewhere.
/// </summary>
public sealed class CommandOutput : IWorkflowObserver
{
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(10);

    private readonly TextWriter _document;
    private readonly TextWriter _error;

    private CommandOutput(TextWriter output, TextWriter error, bool json)
    {
        _document = output;
        _error = error;
        IsJson = json;
        Text = json ? error : output;
    }

    /// <summary>Whether stdout is kept for one JSON document.</summary>
    public bool IsJson { get; }

    /// <summary>Where text for people goes.</summary>
    public TextWriter Text { get; }

    /// <summary>The output of a command that is being run.</summary>
    public static CommandOutput Of(ParseResult parsed, Option<bool>? json = null) =>
        new(parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, json is not null && parsed.GetValue(json));

    /// <summary>A line for people.</summary>
    public void Line(string text = "") => Text.WriteLine(text);

    /// <summary>A remark that must not be overlooked; stderr, so that it survives a redirected stdout.</summary>
    public void Warning(string text) => _error.WriteLine($"warning: {SettingNames.AsOptions(text)}");

    /// <summary>A remark on what is going on; stderr.</summary>
    public void Note(string text) => _error.WriteLine(SettingNames.AsOptions(text));

    /// <summary>Why the command ends with another code than 0, where no exception says it; stderr.</summary>
    public void Error(string text) => _error.WriteLine($"error: {SettingNames.AsOptions(text)}");

    /// <summary>The one document of <c>--json</c>.</summary>
    public void Document(string json) => _document.WriteLine(json);

    /// <summary>A table for people.</summary>
    /// <param name="headers">Column heads.</param>
    /// <param name="rows">Cells; a row may be shorter than the head.</param>
    public void Table(IReadOnlyList<string> headers, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        if (!IsTerminal(Text))
        {
            PlainTable.Write(Text, headers, rows);
            return;
        }

        Table table = new() { Border = TableBorder.Rounded };
        foreach (string header in headers)
        {
            table.AddColumn(new TableColumn(new Markup($"[bold]{Markup.Escape(header)}[/]")));
        }

        foreach (IReadOnlyList<string> row in rows)
        {
            table.AddRow([.. row.Select(cell => new Text(cell))]);
        }

        Terminal(Text).Write(table);
    }

    /// <summary>Runs long work: a bar on a terminal, now and then a plain line elsewhere; always on stderr.</summary>
    /// <param name="title">What is being done.</param>
    /// <param name="work">Gets a receiver of the finished share, 0 to 1.</param>
    public T WithProgress<T>(string title, Func<IProgress<double>, T> work)
    {
        if (!IsTerminal(_error))
        {
            return work(new LineProgress(title, _error));
        }

        return Terminal(_error)
            .Progress()
            .AutoClear(true)
            .HideCompleted(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                ProgressTask task = context.AddTask(Markup.Escape(title), maxValue: 1);
                return work(new TaskProgress(task));
            });
    }

    /// <summary>The same for many like things: with their number, how many failed, how fast it goes and how long it will take.</summary>
    /// <param name="title">What is being done.</param>
    /// <param name="things">What is counted, in the plural.</param>
    /// <param name="work">Gets a receiver of the counts.</param>
    public T WithCounts<T>(string title, string things, Func<IProgress<WorkCount>, T> work)
    {
        CountWords words = new(things, TimeProvider.System);
        if (!IsTerminal(_error))
        {
            return work(new CountLines(title, words, LineInterval, _error));
        }

        return Terminal(_error)
            .Progress()
            .AutoClear(true)
            .HideCompleted(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn())
            .Start(context =>
            {
                ProgressTask task = context.AddTask(Markup.Escape(title), maxValue: 1);
                return work(new CountTask(title, words, task));
            });
    }

    private static bool IsTerminal(TextWriter writer) =>
        (ReferenceEquals(writer, Console.Out) && !Console.IsOutputRedirected)
        || (ReferenceEquals(writer, Console.Error) && !Console.IsErrorRedirected);

    private static IAnsiConsole Terminal(TextWriter writer) =>
        AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Out = new AnsiConsoleOutput(writer),
                ColorSystem = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
                    ? ColorSystemSupport.Detect
                    : ColorSystemSupport.NoColors,
            }
        );

    private sealed class TaskProgress(ProgressTask task) : IProgress<double>
    {
        public void Report(double value) => task.Value = value;
    }

    private sealed class CountTask(string title, CountWords words, ProgressTask task) : IProgress<WorkCount>
    {
        public void Report(WorkCount value)
        {
            task.Value = value.Share;
            task.Description = Markup.Escape($"{title}: {words.Of(value)}");
        }
    }

    private sealed class LineProgress(string title, TextWriter writer) : IProgress<double>
    {
        private readonly Stopwatch _sinceLine = Stopwatch.StartNew();
        private readonly RemainingTime _remaining = new(TimeProvider.System);

        public void Report(double value)
        {
            lock (_sinceLine)
            {
                if (_sinceLine.Elapsed < LineInterval)
                {
                    return;
                }

                _sinceLine.Restart();
            }

            writer.WriteLine(FormattableString.Invariant($"{title}: {value:0%}{_remaining.After(value)}"));
        }
    }
}
