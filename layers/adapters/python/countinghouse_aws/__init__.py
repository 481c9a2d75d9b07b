"""AWS, PSP and HTTP facts: the adapters behind the core's ports, and the ways in.

Importing this package tells the garbage collector to look less often. Its default of every 700 new
objects runs hundreds of times over boto3's and pydantic's import, finds nothing, and costs a
seventh of a cold start (`countinghouse bench`). What is made in cycles is still collected.
"""

import gc

gc.set_threshold(200_000, 20, 20)
