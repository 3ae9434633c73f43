namespace Silo.Smtp.Client;

/// <summary>
/// Who says whether a mail transaction may begin and end. The server's hand-over is one, tools without tenants use <see
/// cref="OpenGate"/>.
/// </summary>
public interface ITransactionGate
{
    /// <summary>Cancelled when a transaction that has not begun yet must not begin; without effect after <see cref="Begun"/>.</summary>
    CancellationToken Aborted { get; }

    /// <summary>Asked directly before MAIL is written. False: nothing is written.</summary>
    bool TryBegin();

    /// <summary>Told when MAIL was answered.</summary>
    void Begun();

    /// <summary>Asked directly before the final dot is written. False: the connection is dropped without it.</summary>
    bool MayFinish();
}

/// <summary>A gate that is always open, for load generators and tests of the protocol alone.</summary>
public sealed class OpenGate : ITransactionGate
{
    public static OpenGate Instance { get; } = new();

    public CancellationToken Aborted => CancellationToken.None;

    public bool TryBegin() => true;

    public void Begun()
    {
    }

    public bool MayFinish() => true;
}
