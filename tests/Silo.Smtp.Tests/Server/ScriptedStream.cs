using Silo.Testing;

namespace Silo.Smtp.Tests.Server;

/// <summary>What a client says, in pieces with time between them; keeps what is answered.</summary>
internal sealed class ScriptedStream(IEnumerable<byte[]> pieces) : Stream
{
    private readonly IEnumerator<byte[]> _pieces = pieces.GetEnumerator();
    private readonly MemoryStream _written = new();

    /// <summary>Passes before each piece.</summary>
    public (HostileTimeProvider Time, TimeSpan By)? Pause { get; init; }

    /// <summary>Done before each piece, with its number.</summary>
    public Action<int>? Before { get; init; }

    public int Pieces { get; private set; }

    public string Written => System.Text.Encoding.UTF8.GetString(_written.ToArray());

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Pause?.Time.Advance(Pause.Value.By);
        Before?.Invoke(Pieces);
        cancellationToken.ThrowIfCancellationRequested();
        if (!_pieces.MoveNext()) return ValueTask.FromResult(0);
        Pieces++;
        _pieces.Current.CopyTo(buffer);
        return ValueTask.FromResult(_pieces.Current.Length);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _written.Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
