using System.Globalization;
using System.Net;
using CxrOnnx.Core;
using Microsoft.Extensions.Configuration;

namespace CxrOnnx.Server.Hosting;

/// <summary>Where the service will listen, read from the configuration before anything listens.</summary>
internal static class ListeningAddresses
{
    /// <summary>Default address.</summary>
    public const string Default = "http://127.0.0.1:8080";

    /// <summary>Kestrel's endpoints where the configuration has some (they win), else <c>urls</c>, else the default.</summary>
    public static (IReadOnlyList<string> Addresses, bool FromKestrel) Of(IConfiguration configuration)
    {
        string[] endpoints =
        [
            .. configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(endpoint => endpoint["Url"]).OfType<string>(),
        ];
        if (endpoints.Length > 0)
        {
            return (endpoints, true);
        }

        string urls = configuration["urls"] is { Length: > 0 } given ? given : Default;
        return (urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries), false);
    }

    /// <summary>Refuses to listen where everybody in the network could use the service without a key.</summary>
    /// <exception cref="InputException">An address is not loopback and there are no keys.</exception>
    public static void Check(IReadOnlyList<string> addresses, bool hasKeys, bool allowAnonymous)
    {
        foreach (string address in addresses)
        {
            if (
                !address.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
                && !address.StartsWith("https://", StringComparison.OrdinalIgnoreCase)
            )
            {
                throw new InputException($"address '{address}': want http:// or https://, a host or IP address, and a port");
            }

            if (!HasReadablePort(address))
            {
                throw new InputException($"address '{address}': the port must be a number from 0 to 65535");
            }

            if (!hasKeys && !allowAnonymous && !IsLoopback(address))
            {
                throw new InputException(
                    $"address '{address}' can be reached from other machines and there is no API key: give `api-key-file` FILE, listen "
                        + $"on 127.0.0.1, or say `allow-anonymous` if something in front checks who asks"
                );
            }
        }
    }

    /// <summary>Kestrel takes what it cannot read for the name of a host, and listens on every address of the machine.</summary>
    private static bool HasReadablePort(string address)
    {
        string authority = address[(address.IndexOf("://", StringComparison.Ordinal) + 3)..];
        if (authority.StartsWith("unix:/", StringComparison.Ordinal))
        {
            return true;
        }

        authority = authority.Split('/')[0];
        int host = authority.StartsWith('[') ? authority.IndexOf(']', StringComparison.Ordinal) : 0;
        int colon = authority.IndexOf(':', Math.Max(0, host));
        return colon < 0
            || (int.TryParse(authority[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port <= 65535);
    }

    /// <summary>Whether only this machine can reach an address.</summary>
    public static bool IsLoopback(string address)
    {
        string host = address[(address.IndexOf("://", StringComparison.Ordinal) + 3)..];
        if (host.StartsWith("unix:/", StringComparison.Ordinal))
        {
            return true;
        }

        host = host.StartsWith('[') ? host[1..Math.Max(1, host.IndexOf(']', StringComparison.Ordinal))] : host.Split(':', '/')[0];
        return host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(host, out IPAddress? ip) && IPAddress.IsLoopback(ip));
    }
}
