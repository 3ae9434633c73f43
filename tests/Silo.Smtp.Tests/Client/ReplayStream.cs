using System.Text;
using System.Threading.Channels;

namespace Silo.Smtp.Tests.Client;

/// <summary>How a replayed server's bytes arrive.</summary>
public enum Arrival
{
    Whole,
    LineByLine,
    ByteByByte,
}

/// <summary>Plays a server from a transcript: each step is what the client must write, and what it then reads.</summary>
internal sealed class ReplayStream : Stream
{
    private readonly Queue<(string Expected, string Reply)> _steps;
    private readonly Arrival _arrival;
    private readonly Channel<byte[]> _incoming = Channel.CreateUnbounded<byte[]>();
    private readonly StringBuilder _written = new();
    private readonly TaskCompletionSource _exhausted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string _unmatched = "";
    private ReadOnlyMemory<byte> _rest;

    public ReplayStream(Arrival arrival, params (string Expected, string Reply)[] steps)
    {
        (_arrival, _steps) = (arrival, new Queue<(string, string)>(steps));
        Match();
    }

    /// <summary>Read returns the end of input after the last reply, in place of waiting for ever.</summary>
    public bool ClosesAtEnd { get; init; }

    /// <summary>Done when the client reads and there is nothing more to come.</summary>
    public Task Exhausted => _exhausted.Task;

    public string Written => _written.ToString();

    public bool Completed => _steps.Count == 0 && _unmatched.Length == 0;

    /// <summary>The server says something on its own.</summary>
    public void Feed(string text) => _incoming.Writer.TryWrite(Encoding.UTF8.GetBytes(text));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var text = Encoding.UTF8.GetString(buffer.Span);
        _written.Append(text);
        _unmatched += text;
        Match();
        return ValueTask.CompletedTask;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_rest.IsEmpty)
        {
            if (!_incoming.Reader.TryRead(out var next))
            {
                if (_steps.Count == 0) _exhausted.TrySetResult();
                if (ClosesAtEnd && _steps.Count == 0) return 0;
                next = await _incoming.Reader.ReadAsync(cancellationToken);
            }

            _rest = next;
        }

        var count = Math.Min(buffer.Length, _rest.Length);
        _rest[..count].CopyTo(buffer);
        _rest = _rest[count..];
        return count;
    }

    private void Match()
    {
        while (_steps.TryPeek(out var step) && _unmatched.StartsWith(step.Expected, StringComparison.Ordinal))
        {
            _unmatched = _unmatched[step.Expected.Length..];
            _steps.Dequeue();
            foreach (var piece in Pieces(step.Reply)) _incoming.Writer.TryWrite(Encoding.UTF8.GetBytes(piece));
        }

        var expected = _steps.TryPeek(out var due) ? due.Expected : "";
        var common = Math.Min(expected.Length, _unmatched.Length);
        var agrees = _steps.Count > 0 && string.Equals(expected[..common], _unmatched[..common], StringComparison.Ordinal);
        if (_unmatched.Length > 0 && !agrees)
            throw new InvalidOperationException($"The client wrote '{_unmatched}' where '{expected}' was expected.");
    }

    private IEnumerable<string> Pieces(string reply) => _arrival switch
    {
        Arrival.Whole => reply.Length == 0 ? [] : [reply],
        Arrival.LineByLine => reply.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => reply.Contains('\n') ? line + "\n" : line),
        _ => reply.Select(c => c.ToString()),
    };

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
