using System.Globalization;

namespace Silo.Smtp.Server;

// A message on its way in, by DATA or by BDAT.
public sealed partial class SmtpServerSession
{
    // A client that pipelines has sent a whole message before it hears that no recipient was taken; without MAIL nobody means one.
    private const int MostUnasked = 64 * 1024;

    private SmtpServerStep Data(string argument)
    {
        if (argument.Length > 0) return Wrong(new SmtpServerReply(501, "5.5.4", "DATA takes no argument"));
        if (_chunks is not null) return Wrong(new SmtpServerReply(503, "5.5.1", "Go on with BDAT"));
        if (NotYet is { } refusal) return Wrong(refusal);
        _message = new MessageBuffer(_options.MaxMessageBytes, _load);
        _data = new DataReader(_message);
        return Say(new SmtpServerReply(354, null, "End data with <CR><LF>.<CR><LF>"));
    }

    private SmtpServerStep ReadData(ReadOnlySpan<byte> input, out int used)
    {
        if (!_data!.Read(input, out used)) return _message!.IsEndless ? Endless() : SmtpServerStep.NeedMore;
        var isBroken = _data.HasBareLineEnd;
        _data = null;
        return Whole(isBroken);
    }

    private SmtpServerStep Bdat(string argument)
    {
        var words = argument.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var isLast = words.Length == 2 && words[1].Equals("LAST", StringComparison.OrdinalIgnoreCase);
        // Without knowing how much follows, what follows would be taken for commands.
        if (words.Length != (isLast ? 2 : 1) || words[0].Length > 18
            || !long.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out var bytes))
            return Close(new SmtpServerReply(501, "5.5.4", "Not of the form BDAT bytes [LAST]"));
        _chunkRefusal = NotYet;
        if (_chunkRefusal is { } refusal)
        {
            if (bytes > (_sender is null ? MostUnasked : _options.MaxMessageBytes)) return Close(refusal);
            // What is refused takes no memory, else a stranger could hold what all have together.
            _chunks = new ChunkReader(null);
        }
        else
        {
            _message ??= new MessageBuffer(_options.MaxMessageBytes, _load);
            _chunks ??= new ChunkReader(_message);
        }

        _chunks.Begin(bytes, isLast);
        _inChunk = true;
        return bytes == 0 ? ReadChunk([], out _) : SmtpServerStep.NeedMore;
    }

    private SmtpServerStep ReadChunk(ReadOnlySpan<byte> input, out int used)
    {
        if (_chunks!.Read(input, out used)) return Chunk();
        return _message is { IsEndless: true } ? Endless() : SmtpServerStep.NeedMore;
    }

    private SmtpServerStep Chunk()
    {
        _inChunk = false;
        if (_chunkRefusal is { } refusal)
        {
            Reset();
            return Wrong(refusal);
        }

        if (_chunks!.IsLast || _message!.Fault != MessageFault.None || _chunks.HasBareLineEnd) return Whole(_chunks.HasBareLineEnd);
        return Say(SmtpServerReply.Ok);
    }

    /// <summary>Why there is no message to come now; null when there is.</summary>
    private SmtpServerReply? NotYet => _sender is null
        ? new SmtpServerReply(503, "5.5.1", "Say MAIL first")
        : _recipients.Count == 0 ? new SmtpServerReply(554, "5.5.1", "No recipient was taken") : null;

    private SmtpServerStep Whole(bool isBroken)
    {
        if (isBroken)
        {
            // What comes behind it may be meant to be read by another server as another message.
            return Close(
                new SmtpServerReply(554, "5.6.0", "The message holds a CR or LF that stands alone"), SmtpServerEvent.BareLineEnd);
        }

        if (_message!.Fault != MessageFault.None)
        {
            var isTooLarge = _message.Fault == MessageFault.TooLarge;
            Reset();
            return isTooLarge ? TooLarge() : NoMemory();
        }

        Message = new SmtpServerMessage(_sender!, [.. _recipients], _message.Content);
        return Ask(SmtpServerStep.Message);
    }

    private SmtpServerStep TooLarge()
    {
        _options.Happened?.Invoke(SmtpServerEvent.MessageTooLarge);
        return Wrong(new SmtpServerReply(552, "5.3.4", "Message is too long."));
    }

    private SmtpServerStep NoMemory()
    {
        _options.Happened?.Invoke(SmtpServerEvent.NoMemory);
        return Wrong(new SmtpServerReply(452, "4.3.1", "Insufficient memory, come back later"));
    }

    private SmtpServerStep Endless() =>
        Close(new SmtpServerReply(552, "5.3.4", "Message is far too long."), SmtpServerEvent.MessageTooLarge);
}
