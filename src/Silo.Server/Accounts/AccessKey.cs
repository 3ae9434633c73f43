namespace Silo.Server.Accounts;

/// <summary>A credential for the HTTP edge.</summary>
/// <param name="Id">16 to 128 of A-Z a-z 0-9.</param>
internal sealed record AccessKey(string Id, string Secret)
{
    // A record prints its members; this one must not.
    public override string ToString() => $"AccessKey {Id}";
}
