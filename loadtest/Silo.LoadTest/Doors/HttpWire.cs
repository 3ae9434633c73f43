using System.Buffers.Text;
using System.Globalization;
using System.Security.Authentication;
using System.Text;
using Silo.Server.Access;
using Silo.Server.SesApi.Signing;

namespace Silo.LoadTest.Doors;

/// <param name="Body">The beginning of it; of a success only when the connection keeps those too.</param>
internal readonly record struct HttpAnswer(int Status, string Body);

/// <summary>
/// HTTP/1.1 over one connection that stays open, each request signed (Signature Version 4). Just what a load needs: HttpClient costs more
/// CPU than the server that is to be measured.
/// </summary>
/// <param name="keepsSuccess">Bodies of successes are told as well, up to 64 KiB.</param>
internal sealed class HttpWire(Uri endpoint, SesDoorOptions options, TimeProvider time, bool keepsSuccess = false) : IAsyncDisposable
{
    private const int KeptBytes = 600;
    private const int AllBytes = 64 * 1024;

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    private readonly RequestSigner _signer = new(new AccessKey(options.KeyId, options.Secret), options.Region);
    private readonly ByteWriter _out = new(12_288);
    private readonly byte[] _kept = new byte[keepsSuccess ? AllBytes : KeptBytes];
    private readonly string _host = endpoint.Authority;
    private WireConnection? _wire;

    public async ValueTask<bool> TryOpen(CancellationToken cancellationToken)
    {
        if (_wire is not null) return true;
        _wire = await WireConnection.TryOpen(endpoint.Host, endpoint.Port, ConnectTimeout, cancellationToken);
        if (_wire is null || endpoint.Scheme != Uri.UriSchemeHttps) return _wire is not null;
        try
        {
            await _wire.StartTls(endpoint.Host, cancellationToken);
            return true;
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
            await DisposeAsync();
            return false;
        }
    }

    /// <summary>One request and its answer. After an exception the connection is closed.</summary>
    /// <exception cref="IOException">The connection ended first, or what came is no HTTP.</exception>
    public async ValueTask<HttpAnswer> Call(string method, string path, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var wire = _wire ?? throw new InvalidOperationException("The connection is not open.");
        var signature = _signer.Sign(method, path, _host, body.Span, time.GetUtcNow());
        _out.Clear();
        _out.Add(method).Add(" "u8).Add(path).Add(" HTTP/1.1\r\nHost: "u8).Add(_host).Add(
            "\r\nContent-Type: application/json\r\nContent-Length: "u8)
            .Add(body.Length).Add("\r\nx-amz-date: "u8).Add(signature.Date).Add("\r\nx-amz-content-sha256: "u8).Add(signature.BodySha256)
            .Add("\r\nAuthorization: "u8).Add(signature.Authorization).Add("\r\n\r\n"u8).Add(body.Span);
        try
        {
            await wire.Write(_out.Written, cancellationToken);
            return await Read(wire, cancellationToken);
        }
        catch (IOException)
        {
            await DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_wire is not { } wire) return;
        _wire = null;
        await wire.DisposeAsync();
    }

    private async ValueTask<HttpAnswer> Read(WireConnection wire, CancellationToken cancellationToken)
    {
        var first = await wire.ReadLine(cancellationToken);
        if (!first.Span.StartsWith("HTTP/1."u8) || first.Length < 12 || !Utf8Parser.TryParse(first.Span[9..12], out int status, out _))
            throw new IOException("The server does not answer in HTTP.");
        var (length, isChunked, closes) = (0L, false, false);
        while (await wire.ReadLine(cancellationToken) is { IsEmpty: false } line)
        {
            if (Value(line.Span, "content-length:"u8) is { IsEmpty: false } number && !Utf8Parser.TryParse(number, out length, out _))
                throw new IOException("The server's Content-Length is none.");
            if (Value(line.Span, "transfer-encoding:"u8).SequenceEqual("chunked"u8)) isChunked = true;
            if (Value(line.Span, "connection:"u8).SequenceEqual("close"u8)) closes = true;
        }

        var kept = isChunked ? await ReadChunks(wire, cancellationToken) : await wire.Read(length, _kept, cancellationToken);
        if (closes) await DisposeAsync();
        return new HttpAnswer(status, status == 200 && !keepsSuccess ? "" : Encoding.UTF8.GetString(_kept, 0, kept));
    }

    private async ValueTask<int> ReadChunks(WireConnection wire, CancellationToken cancellationToken)
    {
        var kept = 0;
        while (true)
        {
            var line = Encoding.ASCII.GetString((await wire.ReadLine(cancellationToken)).Span).Split(';')[0].Trim();
            if (!long.TryParse(line, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var size) || size < 0)
                throw new IOException("The server's chunk has no size.");
            kept += await wire.Read(size, _kept.AsMemory(kept), cancellationToken);
            await wire.ReadLine(cancellationToken);
            if (size == 0) return kept;
        }
    }

    private static ReadOnlySpan<byte> Value(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name)
    {
        if (line.Length <= name.Length) return default;
        for (var i = 0; i < name.Length; i++)
            if ((line[i] | 0x20) != name[i] && line[i] != name[i]) return default;
        return line[name.Length..].Trim((byte)' ');
    }
}
