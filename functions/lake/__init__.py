"""DynamoDB streams: committed journals, orders and PSP events become rows of the lake.

Writes no table.
"""
