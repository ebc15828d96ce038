using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Commands.Batch;

/// <summary>
/// Slurm on this machine alone: munged, slurmctld and slurmd as child processes with a configuration, sockets and state in one folder;
/// they end with it.
/// </summary>
internal sealed class SlurmCluster : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<Process> _daemons = [];

    private SlurmCluster() { }

    private string Configuration => _folder.File("slurm.conf");

    /// <summary>Starts it, or skips the test with the reason.</summary>
    public static async Task<SlurmCluster> Start()
    {
        foreach (string program in (string[])["munged", "slurmctld", "slurmd", "sbatch"])
        {
            Assert.SkipWhen(Find(program) is null, $"{program} is not installed (apt-get install slurm-wlm munge)");
        }

        Assert.SkipWhen(Environment.UserName != "root", "a private Slurm starts its jobs as root");
        SlurmCluster cluster = new();
        try
        {
            await cluster.StartDaemons();
            return cluster;
        }
        catch
        {
            cluster.Dispose();
            throw;
        }
    }

    /// <summary>Submits a script, waits for all its tasks, and gives the exit code and what was written.</summary>
    /// <param name="log">Where tasks write, with <c>%a</c> for their number.</param>
    /// <param name="environment">Variables that the tasks get.</param>
    /// <param name="arguments">Further options, the script and its arguments.</param>
    public async Task<(int Code, string Text)> Submit(
        string log,
        IReadOnlyDictionary<string, string> environment,
        params string[] arguments
    )
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(5));
        return await Run("sbatch", ["--wait", "--output", log, .. arguments], environment, limit.Token);
    }

    public void Dispose()
    {
        foreach (Process daemon in Enumerable.Reverse(_daemons))
        {
            if (!daemon.HasExited)
            {
                daemon.Kill();
                daemon.WaitForExit();
            }

            daemon.Dispose();
        }

        _folder.Dispose();
    }

    private async Task StartDaemons()
    {
        string host = Dns.GetHostName().Split('.')[0];
        Directory.CreateDirectory(_folder.File("state"));
        Directory.CreateDirectory(_folder.File("spool"));
        string key = _folder.File("munge.key");
        File.WriteAllBytes(key, RandomNumberGenerator.GetBytes(1024));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(key, UnixFileMode.UserRead);
        }

        File.WriteAllText(
            Configuration,
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                ClusterName=test
                SlurmctldHost={host}(127.0.0.1)
                SlurmUser=root
                SlurmdUser=root
                AuthType=auth/munge
                AuthInfo=socket={_folder.File("munge.sock")}
                SlurmctldPort={FreePort()}
                SlurmdPort={FreePort()}
                StateSaveLocation={_folder.File("state")}
                SlurmdSpoolDir={_folder.File("spool")}
                SlurmctldPidFile={_folder.File("slurmctld.pid")}
                SlurmdPidFile={_folder.File("slurmd.pid")}
                ProctrackType=proctrack/pgid
                TaskPlugin=task/none
                MpiDefault=none
                SelectType=select/cons_tres
                SelectTypeParameters=CR_CPU
                SlurmdParameters=config_overrides
                ReturnToService=2
                SchedulerParameters=sched_interval=1
                NodeName={host} NodeAddr=127.0.0.1 CPUs=16 State=UNKNOWN
                PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP

                """
            )
        );
        string socket = _folder.File("munge.sock");
        Daemon(
            "munged",
            [
                "--foreground",
                "--force",
                $"--key-file={key}",
                $"--socket={socket}",
                $"--pid-file={_folder.File("munged.pid")}",
                $"--log-file={_folder.File("munged.log")}",
                $"--seed-file={_folder.File("munged.seed")}",
            ]
        );
        await Until(() => Task.FromResult(File.Exists(socket)), "munged gives no socket");
        Daemon("slurmctld", ["-D", "-f", Configuration]);

        // Which plug-in works depends on how the machine has its control groups, and on Slurm's version.
        foreach (
            string groups in (string[])["CgroupPlugin=cgroup/v1", "CgroupPlugin=cgroup/v2\nIgnoreSystemd=yes", "CgroupPlugin=disabled"]
        )
        {
            File.WriteAllText(_folder.File("cgroup.conf"), groups + "\n");
            Process slurmd = Daemon("slurmd", ["-D", "-f", Configuration]);
            if (await IsIdle(slurmd))
            {
                return;
            }
        }

        Assert.Skip("slurmd does not start on this machine: no plug-in for its control groups");
    }

    private async Task<bool> IsIdle(Process slurmd)
    {
        for (int tries = 0; tries < 120 && !slurmd.HasExited; tries++)
        {
            (_, string state) = await Run(
                "sinfo",
                ["-h", "-o", "%T"],
                new Dictionary<string, string>(),
                TestContext.Current.CancellationToken
            );
            if (state.Trim() == "idle")
            {
                return true;
            }

            await Task.Delay(500, TestContext.Current.CancellationToken);
        }

        return false;
    }

    private Process Daemon(string program, string[] arguments)
    {
        ProcessStartInfo start = new(Find(program)!, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["SLURM_CONF"] = Configuration;
        Process process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _daemons.Add(process);
        return process;
    }

    private async Task<(int Code, string Text)> Run(
        string program,
        string[] arguments,
        IReadOnlyDictionary<string, string> environment,
        CancellationToken cancellationToken
    )
    {
        ProcessStartInfo start = new(Find(program)!, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["SLURM_CONF"] = Configuration;
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        try
        {
            Task<string> error = process.StandardError.ReadToEndAsync(cancellationToken);
            string output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return (process.ExitCode, output + await error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    private static async Task Until(Func<Task<bool>> holds, string otherwise)
    {
        for (int tries = 0; tries < 200; tries++)
        {
            if (await holds())
            {
                return;
            }

            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        Assert.Fail(otherwise);
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string? Find(string program) =>
        $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/sbin"
            .Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);
}
