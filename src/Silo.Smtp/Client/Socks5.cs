using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Silo.Smtp.Client;

/// <summary>How asking a SOCKS proxy for a connection ended.</summary>
public enum SocksResult
{
    /// <summary>What follows on the stream comes from the other side.</summary>
    Connected,

    /// <summary>The proxy works, and cannot reach the address: refused, unreachable, expired.</summary>
    Unreachable,

    /// <summary>The proxy itself: it closed, is none, wants another login, or its rules forbid the address.</summary>
    ProxyFailed,
}

/// <summary>
/// Asks a SOCKS5 proxy (RFC 1928) for a connection, with user name and password (RFC 1929) if there are any. Reads not one byte more than
/// the proxy's answers, since the peer may speak right behind them.
/// </summary>
public static class Socks5
{
    private const byte Version = 5;
    private const byte NoLogin = 0;
    private const byte PasswordLogin = 2;

    /// <param name="stream">Connected to the proxy; useless unless the answer is <see cref="SocksResult.Connected"/>.</param>
    /// <param name="to">Where the proxy is to connect; names are resolved before.</param>
    /// <param name="credential">1 to 255 bytes each; null when the proxy asks for none.</param>
    /// <param name="cancellationToken">Its cancellation, a time-out among them, is the proxy's failure.</param>
    /// <returns>The result, and a sentence for a person when it is not Connected.</returns>
    public static async ValueTask<(SocksResult Result, string? Detail)> Connect(
        Stream stream, IPEndPoint to, SmtpCredential? credential, CancellationToken cancellationToken)
    {
        try
        {
            return await LogIn(stream, credential, cancellationToken) is { } refusal
                ? (SocksResult.ProxyFailed, refusal)
                : await Ask(stream, to, cancellationToken);
        }
        catch (EndOfStreamException)
        {
            return (SocksResult.ProxyFailed, "the proxy closed the connection");
        }
        catch (OperationCanceledException)
        {
            return (SocksResult.ProxyFailed, "the proxy did not answer in time");
        }
        catch (Exception e) when (Wire.IsLoss(e))
        {
            return (SocksResult.ProxyFailed, e.Message);
        }
    }

    private static async ValueTask<string?> LogIn(Stream stream, SmtpCredential? credential, CancellationToken cancellationToken)
    {
        byte[] offer = credential is null ? [Version, 1, NoLogin] : [Version, 2, NoLogin, PasswordLogin];
        await stream.WriteAsync(offer, cancellationToken);
        var answer = new byte[2];
        await stream.ReadExactlyAsync(answer, cancellationToken);
        if (answer[0] != Version) return "the proxy does not speak SOCKS5";
        if (answer[1] == NoLogin) return null;
        if (answer[1] != PasswordLogin || credential is null) return "the proxy wants another login";

        byte[] user = Encoding.UTF8.GetBytes(credential.User), password = Encoding.UTF8.GetBytes(credential.Password);
        if (user.Length is 0 or > 255 || password.Length is 0 or > 255) return "user name and password must have 1 to 255 bytes";
        await stream.WriteAsync((byte[])[1, (byte)user.Length, .. user, (byte)password.Length, .. password], cancellationToken);
        await stream.ReadExactlyAsync(answer, cancellationToken);
        return answer[1] == 0 ? null : "the proxy refused user name and password";
    }

    private static async ValueTask<(SocksResult Result, string? Detail)> Ask(Stream stream, IPEndPoint to, CancellationToken cancellationToken)
    {
        var address = to.Address.GetAddressBytes();
        var isV4 = to.AddressFamily == AddressFamily.InterNetwork;
        byte[] request = [Version, 1, 0, isV4 ? (byte)1 : (byte)4, .. address, 0, 0];
        BinaryPrimitives.WriteUInt16BigEndian(request.AsSpan(^2), (ushort)to.Port);
        await stream.WriteAsync(request, cancellationToken);

        var head = new byte[5];
        await stream.ReadExactlyAsync(head, cancellationToken);
        if (head[0] != Version) return (SocksResult.ProxyFailed, "the proxy does not speak SOCKS5");
        if (head[1] != 0) return Refusal(head[1]);
        // The address that the proxy bound, of which the first byte was read, and its port.
        int? rest = head[3] switch { 1 => 3 + 2, 4 => 15 + 2, 3 => head[4] + 2, _ => null };
        if (rest is null) return (SocksResult.ProxyFailed, "the proxy answered with an address of no known kind");
        await stream.ReadExactlyAsync(new byte[rest.Value], cancellationToken);
        return (SocksResult.Connected, null);
    }

    // RFC 1928 6.
    private static (SocksResult, string) Refusal(byte code) => code switch
    {
        2 => (SocksResult.ProxyFailed, "the proxy's rules forbid the connection"),
        3 => (SocksResult.Unreachable, "network unreachable, says the proxy"),
        4 => (SocksResult.Unreachable, "host unreachable, says the proxy"),
        5 => (SocksResult.Unreachable, "connection refused, says the proxy"),
        6 => (SocksResult.Unreachable, "time to live expired, says the proxy"),
        _ => (SocksResult.ProxyFailed, $"the proxy failed with code {code}"),
    };
}
