namespace Silo.Storage.Writing;

/// <summary>A write that breaks a rule of the store, found before the database could.</summary>
internal sealed class RefusedWriteException(string message) : Exception(message);
