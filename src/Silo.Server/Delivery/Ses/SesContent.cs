using System.Net;
using System.Net.Http.Headers;

namespace Silo.Server.Delivery.Ses;

/// <summary>
/// The body of one call, which knows how much of it may have left. The server cannot take a message of which it did not get the last
/// part, since the length was announced; so that part is the final dot of this protocol, and the lease is asked directly before it.
/// </summary>
internal sealed class SesContent : HttpContent
{
    private const int LastPart = 1024;

    private readonly ReadOnlyMemory<byte> _body;
    private readonly Func<bool> _mayFinish;

    public SesContent(ReadOnlyMemory<byte> body, Func<bool> mayFinish)
    {
        (_body, _mayFinish) = (body, mayFinish);
        Headers.ContentType = new MediaTypeHeaderValue("application/json");
    }

    /// <summary>A connection stood, and something of the body may have been written to it.</summary>
    public bool IsBegun { get; private set; }

    /// <summary>All of it may have been written: from here on the server may have taken it.</summary>
    public bool MayBeWhole { get; private set; }

    /// <summary>It stopped before the last part, since the lease was gone.</summary>
    public bool WasStopped { get; private set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // The client may send a request anew whose connection broke; not one that may have arrived.
        if (MayBeWhole) throw new IOException("The message may have arrived and is not sent again.");
        IsBegun = true;
        var split = Math.Max(0, _body.Length - LastPart);
        if (split > 0)
        {
            await stream.WriteAsync(_body[..split], cancellationToken);
            // Else the last part would wait in the same buffer, and be written long after the lease was asked.
            await stream.FlushAsync(cancellationToken);
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (!_mayFinish())
        {
            WasStopped = true;
            throw new IOException("The lease is gone.");
        }

        MayBeWhole = true;
        await stream.WriteAsync(_body[split..], cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _body.Length;
        return true;
    }
}
